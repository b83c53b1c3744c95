// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The charts of what happened, of all models or of one, with the events marked; and the tiles with figures.

import {Chart} from "./charts.js";
import {read} from "./signin.js";
import {button, count, make, milliseconds, rate, setText} from "./tools.js";

const sum = (...lists) => lists[0].map((_, index) => lists.reduce((total, list) => total + (list?.[index] ?? 0), 0));

/** What an event says, in a few words: `limits set: llama2`. */
export const eventText = (event) => [event.kind.replaceAll("_", " "), event.model ?? event.backend ?? event.client].filter(Boolean).join(": ");

/** Four charts of the last 15 minutes or 24 hours. They ask for their values by themselves until `end`. */
export class HistoryCharts {
  /**
   * @param model whose; null for all
   * @param range `15m` or `24h`
   * @param onRange called with the range that the user chooses
   * @param onDay called with the history of a day: lists by name, null if there is none
   */
  constructor({model = null, range = "15m", onRange, onDay}) {
    Object.assign(this, {model, range, onDay, asked: 0});
    this.load = new Chart("Running and waiting", [{label: "Running", colour: "green", isArea: true}, {label: "Waiting", colour: "amber", isDashed: true}], rate);
    this.ends = new Chart("Requests ended per second", [
      {label: "Served", colour: "green", isArea: true}, {label: "Answered with an error", colour: "red"}, {label: "Not served", colour: "amber", isDashed: true}], rate);
    this.times = new Chart("Wait and first byte, p90", [{label: "Wait", colour: "amber", isDashed: true}, {label: "First byte", colour: "blue"}], milliseconds);
    this.tokens = new Chart("Tokens per second", [{label: "Tokens", colour: "blue", isArea: true}], rate);
    this.ranges = [["15m", "15 minutes"], ["24h", "24 hours"]].map(([value, text]) => button(text, () => {
      this.range = value;
      this.showRange();
      this.refresh();
      onRange(value);
    }, {"data-range": value}));
    this.element = make("section", {class: "history", "aria-label": "Charts"},
      make("div", {class: "title"}, make("h2", {}, "What happened"), make("div", {class: "tools", role: "group", "aria-label": "Time that the charts show"}, ...this.ranges)),
      make("div", {class: "grid charts"}, ...[this.load, this.ends, this.times, this.tokens].map((chart) => chart.element)));
    this.showRange();
    this.refresh();
    this.timers = [setInterval(() => this.refresh(), 5000), setInterval(() => this.readDay(), 60000)];
    this.readDay();
  }

  end() {
    this.asked += 1;
    this.timers.forEach(clearInterval);
  }

  showRange() {
    for (const one of this.ranges) one.setAttribute("aria-pressed", String(one.dataset.range === this.range));
  }

  path(range) { return `dashboard/history?range=${range}${this.model === null ? "" : `&model=${encodeURIComponent(this.model)}`}`; }

  async refresh() {
    if (document.hidden) return;
    const asked = ++this.asked;
    // A day has steps of a minute.
    if (this.range === "24h" && this.shown === "24h" && performance.now() - this.shownAt < 30000) return;
    try {
      const [history, {events}] = await Promise.all([
        read(this.path(this.range)), read(`queue/events?limit=100${this.model === null ? "" : `&model=${encodeURIComponent(this.model)}`}`).catch(() => ({events: []}))]);
      if (asked !== this.asked) return;
      this.shown = this.range;
      this.shownAt = performance.now();
      this.show(history, events.map((event) => ({time: Date.parse(event.time) / 1000, text: eventText(event)})).reverse());
    } catch {
      // The head of the page says that the gateway does not answer.
    }
  }

  async readDay() {
    if (document.hidden || !this.onDay) return;
    const asked = this.timers;
    const day = await read(this.path("24h")).catch(() => null);
    if (day && asked === this.timers) this.onDay(day);
  }

  show(history, events) {
    const perSecond = (list) => list.map((value) => value / history.interval_seconds);
    const errors = history.replies_4xx ? sum(history.replies_4xx, history.replies_5xx) : history.times.map(() => 0);
    this.load.show(history.times, [history.active, history.queued], events);
    this.ends.show(history.times, [perSecond(history.completed.map((value, index) => Math.max(0, value - errors[index]))), perSecond(errors),
      perSecond(sum(history.rejected, history.failed, history.timed_out, history.would_time_out))], events);
    this.times.show(history.times, [history.wait_ms_p90 ?? history.wait_ms, history.first_byte_ms_p90 ?? history.first_byte_ms], events);
    this.tokens.show(history.times, [perSecond(history.tokens_out ?? history.chunks)], events);
  }
}

/** The value of a list of a day at this time yesterday; null if the gateway was not there. */
export function yesterday(day, key) {
  const isOld = day && day.times.length && Date.now() / 1000 - day.times[0] > 23.5 * 3600;
  return isOld ? day[key]?.slice(0, 15).find((value) => value !== null) ?? null : null;
}

/** A figure with its name and a note below. */
export class Tile {
  constructor(title, hint, id) {
    this.value = make("p", {id}, "–");
    this.note = make("small");
    this.element = make("div", {class: "tile", title: hint}, make("h2", {}, title), this.value, this.note);
  }

  /** A value that is not good is `warn` or `bad`. */
  show(value, note = "", kind = "") {
    setText(this.value, value);
    setText(this.note, note);
    if (this.kind !== kind) this.element.className = `tile ${kind}`;
    this.kind = kind;
  }
}

const reasons = [["rejected", "rejected"], ["would_time_out", "too late"], ["timed_out", "timed out"], ["failed", "failed"]];

/** The numbers of requests of a model or of all, by how they ended: of the last minutes (`recent`), or since the last reset. */
export function endsOf(model, isRecent = true) {
  if (isRecent && model.recent) return model.recent;
  return {requests: model.total_requests, replies: model.replies, rejected: model.total_rejected, failed: model.total_failed,
    timed_out: model.total_timed_out, would_time_out: model.total_would_time_out, cancelled: model.total_cancelled};
}

/** How many were not served, and why: {number, text}. */
export function unserved(ends) {
  const parts = reasons.map(([key, word]) => [word, ends[key] ?? 0]).filter(([, number]) => number > 0);
  return {number: parts.reduce((total, [, number]) => total + number, 0), text: parts.map(([word, number]) => `${count(number)} ${word}`).join(", ")};
}

/** Two quantiles as one text. */
export const p50p90 = (ends, key, format = milliseconds) => (ends?.[`${key}_p50`] === null || ends?.[`${key}_p50`] === undefined ? "–" : `${format(ends[`${key}_p50`])} / ${format(ends[`${key}_p90`])}`);
