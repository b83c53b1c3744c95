// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #overview: what is wrong now, how much is done and how fast, who is busiest.

import {replaceHash} from "./app.js";
import {HistoryCharts, p50p90, repliesOf, Tile, unserved} from "./history.js";
import {access, poll, read} from "./signin.js";
import {card, count, hashOf, link, make, meter, milliseconds, momentOf, named, patch, percent, plural, rate} from "./tools.js";

const busiest = 6;
let parts = null;
let polls = [];
/** Tokens per second of one request. */
let speed = null;
/** A day of history: what was yesterday at this time. */
let day = null;

export const view = {
  show(root, {query}) {
    parts = {
      cluster: make("div", {id: "cluster"}), troubles: make("div", {id: "troubles"}),
      running: new Tile("Running", "Requests that hold a slot", "sum-active"), waiting: new Tile("Waiting", "Requests in the queues", "sum-queued"),
      wait: new Tile("Wait p50 / p90", "For a slot, in the last 5 minutes"), first: new Tile("First byte p50 / p90", "From the slot to the first byte, in the last 5 minutes"),
      tokens: new Tile("Tokens/s", "Of all requests, in the last minute"), served: new Tile("Served", "By a backend with a status below 400", "sum-served"),
      errors: new Tile("Errors", "Answered by a backend with a status of 400 or above", "sum-errors"), unserved: new Tile("Not served", "By any backend", "sum-unserved"),
    };
    const tiles = Object.values(parts).slice(2).map((tile) => tile.element);
    const list = (id) => make("ul", {class: "list", id});
    Object.assign(parts, {models: list("busiest"), clients: list("clients"), lost: list("unserved"),
      charts: new HistoryCharts({range: query.get("range"), onShow: showTokens, onRange: (range) => replaceHash("overview", "", {range})})});
    parts.clientCard = card(link("#clients", "Busiest clients"), null, parts.clients);
    parts.clientCard.hidden = true;
    root.append(parts.cluster, parts.troubles, make("section", {class: "tiles", "aria-label": "Summary"}, ...tiles), parts.charts.element,
      make("div", {class: "columns"}, card(link("#models", "Busiest models"), null, parts.models), parts.clientCard, card(link("#requests?state=ended", "Recently not served"), null, parts.lost)));
    polls = [poll(5, askCluster, showCluster), poll(60, () => read("dashboard/history?range=24h"), (history) => (day = history))];
    if (access.isViewer) polls.push(poll(3, () => read(`queue/clients?limit=${busiest}`), showClients));
  },

  update(state) {
    if (state.troubles) patch(parts.troubles, [state.troubles, state.troubles_total], makeTroubles);
    showTiles(state);
    const load = (model) => model.active_requests + model.queued_requests;
    const models = [...state.models.values()].sort((a, b) => load(b) - load(a) || b.total_requests - a.total_requests || (a.model < b.model ? -1 : 1)).slice(0, busiest);
    const most = Math.max(1, ...models.map(load));
    showBusiest(parts.models, "models", models.map((model) => ({name: model.model, part: load(model) / most, isMuch: model.queued_requests > 0,
      text: `${count(model.active_requests)} running, ${count(model.queued_requests)} waiting`})));
    patch(parts.lost, groupsOf(state.unserved ?? []), makeLost);
  },

  hide() {
    for (const one of polls) one.end();
    parts.charts.end();
  },
};

/** Without a cluster it is asked once. */
async function askCluster() {
  // 503: it has just been started, and knows nothing yet.
  const cluster = await read("cluster").catch((error) => (error.status === 503 ? null : Promise.reject(error)));
  if (cluster && !cluster.enabled) polls[0].end();
  return cluster;
}

function showCluster(cluster) {
  if (!cluster?.enabled) return;
  const {round_trip_ms, grants_void, ...shown} = cluster;
  patch(parts.cluster, shown, ({term, store, members}) => [card("Cluster", make("span", {class: "quiet"}, `${term === null ? "no coordinator" : `term ${term}`}, store ${store.ok ? "ok" : "does not answer"}`),
    make("ul", {class: "members", "aria-label": "Members of the cluster"}, ...members.sort((a, b) => (a.name < b.name ? -1 : 1)).map(makeMember)), makeNotes(cluster))]);
}

function makeMember({name, address, role, linked, self, active, waiting}) {
  const words = [role === "coordinator" && role, self && "this one", !linked && "no link"].filter(Boolean).join(", ");
  return make("li", {class: linked ? "good" : "bad", title: address}, make("span", {class: "dot"}), named(name), words && make("span", {class: linked ? "tag" : "tag bad"}, words),
    active !== null && make("span", {class: "quiet"}, `${count(active)} running, ${count(waiting)} waiting`));
}

/** What is not as it should be, and what that means. */
function makeNotes({role, store, members, without_contact_ms: alone, when_alone: whenAlone}) {
  const stands = role === "starting" || whenAlone === "stop";
  const notes = [
    ["starting", "alone"].includes(role) && [stands ? "bad" : "warn", `This gateway has ${role === "starting" ? "not found a coordinator since its start" : `been without a coordinator for ${milliseconds(alone)}`}. `
      + `It starts ${stands ? "no request until it has one" : "only its share of each limit"}.`],
    !store.ok && ["warn", `The store ${store.error}. Requests go on; no member can join, and no coordinator can be replaced.`],
    ...members.filter((one) => one.differing.length).map((one) => ["warn", `${one.name} is configured otherwise: ${one.differing.join(", ")}. What the coordinator has holds.`]),
  ].filter(Boolean);
  return notes.length > 0 && make("ul", {class: "troubles"}, ...notes.map(([kind, text]) => make("li", {class: kind}, text)));
}

function showClients({clients}) {
  parts.clientCard.hidden = false;
  showBusiest(parts.clients, "clients", clients.map((one) => ({name: one.client, part: one.share ?? 0, isMuch: one.fair_share && one.share > 1.5 * one.fair_share,
    text: `${count(one.running)} running, ${count(one.waiting)} waiting, ${percent(one.share)} of the time${one.fair_share ? `, fair ${percent(one.fair_share)}` : ""}`})));
}

function makeTroubles([troubles, total]) {
  if (!troubles.length) return [make("p", {class: "fine"}, make("span", {class: "dot"}), "Nothing is wrong.")];
  return [make("ul", {class: "troubles", "aria-label": "What is wrong now"}, ...troubles.map((one) => {
    const kind = one.severity === "critical" ? "bad" : "warn";
    return make("li", {class: kind}, make("span", {class: `tag ${kind}`}, one.severity), one.link ? link(one.link, one.text) : make("span", {}, one.text),
      one.since && make("small", {}, one.members ? `at ${one.members.join(", ")} ` : "", "since ", momentOf(one.since)));
  }), total > troubles.length && make("li", {}, `and ${count(total - troubles.length)} more`))];
}

/** What was yesterday at this time: the first of 15 minutes in which there was something. */
function yesterday(key) {
  if (!day?.times.length || Date.now() / 1000 - day.times[0] < 23.5 * 3600) return "";
  const text = ["p50", "p90"].map((part) => milliseconds(day[`${key}_${part}`].slice(0, 15).find((value) => value !== null))).join(" / ");
  return text.startsWith("–") ? "" : `yesterday ${text}`;
}

function showTiles({stats, backends, load}) {
  const {recent} = stats;
  const up = backends.filter((backend) => backend.healthy).length;
  parts.running.show(count(load.active), `on ${up} of ${plural(backends.length, "backend")}`, up < backends.length ? "warn" : "");
  parts.waiting.show(count(load.queued), load.queued ? `for ${plural(load.models_waiting, "model")}` : "");
  parts.wait.show(p50p90(recent, "wait_ms"), yesterday("wait_ms"));
  parts.first.show(p50p90(recent, "first_byte_ms"), yesterday("first_byte_ms"));
  speed = recent.tokens_per_second_p50;
  const [served, errors, lost] = [repliesOf(recent, "2xx", "3xx"), repliesOf(recent, "4xx", "5xx"), unserved(recent)];
  parts.served.show(count(served.number), `of ${count(recent.requests)} in 5 minutes`);
  parts.errors.show(count(errors.number), errors.text || "in 5 minutes", errors.number ? "bad" : "");
  parts.unserved.show(count(lost.number), lost.text || "in 5 minutes", lost.number ? "warn" : "");
}

/** The mean of the last minute: the last minutes would say little of a gateway that has just started. */
function showTokens({tokens_out: tokens, interval_seconds: seconds}) {
  const last = tokens.slice(-60 / seconds);
  parts.tokens.show(rate(last.reduce((sum, one) => sum + one, 0) / (last.length * seconds)), `${rate(speed)} of a request (p50)`);
}

function showBusiest(list, view, rows) {
  patch(list, rows, () => (rows.length ? rows.map((row) => make("li", {}, make("div", {class: "row"}, link(hashOf(view, row.name), named(row.name)), make("span", {class: "quiet"}, row.text)),
    meter(row.part, row.isMuch ? "amber" : ""))) : [make("li", {class: "quiet"}, "Nobody has sent a request yet.")]));
}

const reasons = {queue_full: "queue full", would_time_out: "too late to be answered in time", timeout: "it took too long", backend_error: "no backend answered"};

/** The newest that were not served; successive ones of one kind together. */
function groupsOf(list) {
  const groups = [];
  for (const entry of list) {
    const last = groups.at(-1);
    if (last && ["outcome", "model", "code"].every((key) => last[key] === entry[key])) last.times += 1;
    else groups.push({...entry, times: 1});
  }
  return groups.slice(0, 12);
}

function makeLost(groups) {
  if (!groups.length) return [make("li", {class: "quiet"}, "Nothing was rejected, failed or timed out.")];
  return groups.map((entry) => make("li", {}, make("div", {class: "row"}, make("span", {class: `tag ${entry.outcome === "rejected" ? "warn" : "bad"}`}, entry.outcome.replaceAll("_", " ")),
    entry.model ? link(hashOf("models", entry.model), named(entry.model)) : "unknown model", entry.times > 1 && make("span", {}, `× ${entry.times}`),
    make("span", {class: "quiet"}, reasons[entry.code] ?? entry.code ?? "the backend broke off", entry.times === 1 && entry.waited_ms >= 1 && ` after ${milliseconds(entry.waited_ms)} in the queue`),
    make("small", {}, momentOf(entry.time)))));
}
