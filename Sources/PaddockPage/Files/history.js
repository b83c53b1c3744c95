// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The charts of what happened, of all models or of one, with the events marked; and the tiles with figures.

import {Chart} from "./charts.js";
import {poll, read} from "./signin.js";
import {button, count, make, milliseconds, rate, setText} from "./tools.js";

const sum = (...lists) => lists[0].map((_, index) => lists.reduce((total, list) => total + list[index], 0));

/** What an event says, in a few words: `limits set: llama2`. */
export const eventText = (event) => [event.kind.replaceAll("_", " "), event.model ?? event.backend ?? event.client].filter(Boolean).join(": ");

/** Four charts of the last 15 minutes or 24 hours. They ask for their values by themselves until `end`. */
export class HistoryCharts {
  /**
   * @param model whose; null for all
   * @param range `15m` or `24h`
   * @param onRange called with the range that the user chooses
   * @param onShow called with the values, if there are any
   */
  constructor({model = null, range, onRange, onShow}) {
    Object.assign(this, {range: range === "24h" ? range : "15m", question: model === null ? "" : `&model=${encodeURIComponent(model)}`, onShow});
    const [green, amber, red, blue] = ["green", "amber", "red", "blue"].map((colour) => (label, more) => ({label, colour, ...more}));
    const area = {isArea: true};
    const dashed = {isDashed: true};
    this.charts = [
      new Chart("Running and waiting", [green("Running", area), amber("Waiting", dashed)], rate),
      new Chart("Requests ended per second", [green("Served", area), red("Answered with an error"), amber("Not served", dashed)], rate),
      new Chart("Wait and first byte, p90", [amber("Wait", dashed), blue("First byte")], milliseconds),
      new Chart("Tokens per second", [blue("Tokens", area)], rate),
    ];
    this.ranges = [["15m", "15 minutes"], ["24h", "24 hours"]].map(([value, text]) => button(text, () => {
      this.range = value;
      this.follow();
      onRange(value === "15m" ? "" : value);
    }, {"data-range": value}));
    this.element = make("section", {class: "history", "aria-label": "Charts"},
      make("div", {class: "title"}, make("h2", {}, "What happened"), make("div", {class: "tools", role: "group", "aria-label": "Time that the charts show"}, ...this.ranges)),
      make("div", {class: "grid charts"}, ...this.charts.map((chart) => chart.element)));
    this.follow();
  }

  /** Asks for the values of the range, now and then: a day has steps of a minute. */
  follow() {
    this.showRange();
    this.poll?.end();
    this.poll = poll(this.range === "24h" ? 30 : 5, () => Promise.all([read(`dashboard/history?range=${this.range}${this.question}`), read(`queue/events?limit=100${this.question}`)]),
      ([history, {events}]) => this.show(history, events.map((event) => ({time: Date.parse(event.time) / 1000, text: eventText(event)})).reverse()));
  }

  end() { this.poll.end(); }

  showRange() {
    for (const one of this.ranges) one.setAttribute("aria-pressed", String(one.dataset.range === this.range));
  }

  show(history, events) {
    const perSecond = (list) => list.map((value) => value / history.interval_seconds);
    const errors = sum(history.replies_4xx, history.replies_5xx);
    const served = history.completed.map((value, index) => Math.max(0, value - errors[index]));
    const lost = sum(history.rejected, history.failed, history.timed_out, history.would_time_out);
    const values = [[history.active, history.queued], [served, errors, lost].map(perSecond), [history.wait_ms_p90, history.first_byte_ms_p90], [perSecond(history.tokens_out)]];
    this.charts.forEach((chart, index) => chart.show(history.times, values[index], events));
    if (history.times.length) this.onShow?.(history);
  }
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

/** The numbers of requests since the last reset, named as those of the last minutes. */
export const totalsOf = (model) => ({requests: model.total_requests, replies: model.replies, completed: model.total_processed, cancelled: model.total_cancelled, rejected: model.total_rejected,
  would_time_out: model.total_would_time_out, timed_out: model.total_timed_out, failed: model.total_failed});

const listOf = (parts) => ({number: parts.reduce((total, [, number]) => total + number, 0), text: parts.filter(([, number]) => number).map(([word, number]) => `${count(number)} ${word}`).join(", ")});

/** How many were not served, and why: {number, text}. */
export const unserved = (ends) => listOf([["rejected", ends.rejected], ["too late", ends.would_time_out], ["timed out", ends.timed_out], ["failed", ends.failed]]);

/** How many were answered with which class of status, good or bad ones. */
export const repliesOf = (ends, ...classes) => listOf(classes.map((key) => [key, ends.replies[key] ?? 0]));

/** Two quantiles as one text. */
export const p50p90 = (ends, key, format = milliseconds) => {
  const [half, most] = [ends?.[`${key}_p50`], ends?.[`${key}_p90`]];
  return half === null || half === undefined ? "–" : `${format(half)} / ${format(most)}`;
};
