// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #overview: what is wrong now, how much is done and how fast, who is busiest.

import {rateOf, replaceHash} from "./app.js";
import {HistoryCharts, p50p90, Tile, unserved, yesterday} from "./history.js";
import {access, read} from "./signin.js";
import {card, count, hashOf, link, make, meter, milliseconds, moment, named, patch, percent, plural, rate} from "./tools.js";

const busiest = 6;
let parts = null;
let day = null;
let clients = null;

export const view = {
  show(root, {query}) {
    clients = null;
    parts = {
      troubles: make("div", {id: "troubles"}),
      running: new Tile("Running", "Requests that hold a slot", "sum-active"), waiting: new Tile("Waiting", "Requests in the queues", "sum-queued"),
      wait: new Tile("Wait p50 / p90", "For a slot, in the last 5 minutes"), first: new Tile("First byte p50 / p90", "From the slot to the first byte, in the last 5 minutes"),
      tokens: new Tile("Tokens/s", "Of all requests"), served: new Tile("Served", "With a status below 400", "sum-served"),
      errors: new Tile("Answered with an error", "By backends with 400 or above", "sum-errors"),
      unserved: new Tile("Not served", "In the last 5 minutes", "sum-unserved"),
      models: make("ul", {class: "list"}), clients: make("ul", {class: "list"}), lost: make("ul", {class: "list", id: "unserved"}),
      charts: new HistoryCharts({range: query.get("range") === "24h" ? "24h" : "15m", onRange: (range) => replaceHash("overview", "", {range: range === "15m" ? "" : range}), onDay: (value) => (day = value)}),
    };
    const tiles = ["running", "waiting", "wait", "first", "tokens", "served", "errors", "unserved"].map((key) => parts[key].element);
    parts.clientCard = card([link("#clients", "Busiest clients")], null, parts.clients);
    root.append(parts.troubles, make("section", {class: "tiles", "aria-label": "Summary"}, ...tiles), parts.charts.element,
      make("div", {class: "columns"}, card([link("#models", "Busiest models")], null, parts.models), parts.clientCard, card("Recently not served", null, parts.lost)));
    parts.clientCard.hidden = true;
    readClients();
    parts.timer = setInterval(readClients, 3000);
  },

  update(state) {
    showTroubles(state);
    showTiles(state);
    showModels(state);
    showLost(state.unserved ?? []);
    if (state.clients) showClients(state.clients);
  },

  hide() {
    clearInterval(parts.timer);
    parts.charts.end();
  },
};

function showTroubles(state) {
  // A gateway that does not tell them is not one without.
  if (!state.troubles) return;
  patch(parts.troubles, state.troubles, (troubles) => {
    if (!troubles.length) return [make("p", {class: "fine"}, make("span", {class: "dot"}), "Nothing is wrong.")];
    const more = state.troubles_more ? [make("li", {class: "quiet"}, `and ${count(state.troubles_more)} more`)] : [];
    return [make("ul", {class: "troubles", "aria-label": "What is wrong now"}, ...troubles.map((one) => {
      const kind = one.severity === "critical" ? "bad" : "warn";
      return make("li", {class: kind}, make("span", {class: `tag ${kind}`}, one.severity), one.link ? make("a", {href: one.link}, one.text) : make("span", {}, one.text),
        one.since && make("small", {}, `since ${moment(one.since)}`));
    }), ...more)];
  });
}

/** The sums over all models of what happened: as the gateway says it, or added up. */
function allEnds(state) {
  if (state.stats?.recent) return state.stats.recent;
  return state.load;
}

function showTiles(state) {
  const {active, queued, models_waiting: models, errors, completed} = state.load;
  const ends = allEnds(state);
  const up = state.backends.filter((backend) => backend.healthy).length;
  const before = (key) => {
    const value = yesterday(day, key);
    return value === null ? "" : `yesterday ${milliseconds(value)}`;
  };
  const beforeBoth = (key) => [before(`${key}_p50`), before(`${key}_p90`)].filter(Boolean).join(" / ").replace("/ yesterday", "/");
  parts.running.show(count(active), `on ${up} of ${plural(state.backends.length, "backend")}`, up < state.backends.length ? "warn" : "");
  parts.waiting.show(count(queued), queued ? `for ${plural(models, "model")}` : "none");
  parts.wait.show(p50p90(ends, "wait_ms"), beforeBoth("wait_ms"));
  parts.first.show(p50p90(ends, "first_byte_ms"), beforeBoth("first_byte_ms"));
  parts.tokens.show(rate(rateOf("tokens")), ends.tokens_per_second_p50 ? `${rate(ends.tokens_per_second_p50)} of a request (p50)` : `${rate(rateOf("ended"))} requests/s`);
  const lost = unserved(ends);
  const classes = ends.replies;
  const [bad, good] = classes ? [(classes["4xx"] ?? 0) + (classes["5xx"] ?? 0), (classes["2xx"] ?? 0) + (classes["3xx"] ?? 0)] : [errors, completed - errors];
  const time = ends.seconds ? "in 5 minutes" : "since the reset";
  parts.served.show(count(good), time);
  parts.errors.show(count(bad), classes && bad ? ["4xx", "5xx"].filter((key) => classes[key]).map((key) => `${count(classes[key])} with ${key}`).join(", ") : time, bad ? "bad" : "");
  parts.unserved.show(count(lost.number), lost.text || time, lost.number ? "warn" : "");
}

function showModels(state) {
  const load = (model) => model.active_requests + model.queued_requests;
  const busy = [...state.models.values()].sort((a, b) => load(b) - load(a) || (b.recent?.requests ?? b.total_requests) - (a.recent?.requests ?? a.total_requests) || (a.model < b.model ? -1 : 1)).slice(0, busiest);
  const most = Math.max(1, ...busy.map(load));
  patch(parts.models, busy.map((model) => ({name: model.model, active: model.active_requests, queued: model.queued_requests, part: load(model) / most, wait: model.recent?.wait_ms_p90 ?? null})), (list) => (list.length
    ? list.map((model) => make("li", {}, make("div", {class: "row"}, link(hashOf("models", model.name), named(model.name)),
      make("span", {class: "quiet"}, `${count(model.active)} running, ${count(model.queued)} waiting${model.wait === null ? "" : `, wait p90 ${milliseconds(model.wait)}`}`)),
    meter(model.part, model.queued ? "amber" : "")))
    : [make("li", {class: "quiet"}, "No model has been used yet.")]));
}

async function readClients() {
  if (!access.isViewer || document.hidden) return;
  const own = parts;
  clients = await read(`queue/clients?limit=${busiest}`).then((reply) => reply.clients ?? null, () => null);
  if (clients && own === parts) showClients(clients);
}

function showClients(list) {
  parts.clientCard.hidden = false;
  patch(parts.clients, list.slice(0, busiest).map(({client, running, waiting, share, fair_share: fair}) => ({client, running, waiting, share, fair})), (shown) => (shown.length
    ? shown.map((one) => make("li", {}, make("div", {class: "row"}, link(hashOf("clients", one.client), named(one.client)),
      make("span", {class: "quiet"}, `${count(one.running)} running, ${count(one.waiting)} waiting, ${percent(one.share)} of the time${one.fair === null || one.fair === undefined ? "" : `, fair ${percent(one.fair)}`}`)),
    meter(one.share ?? 0, one.fair && one.share > 1.5 * one.fair ? "amber" : "")))
    : [make("li", {class: "quiet"}, "No client has sent a request yet.")]));
}

const reasons = {
  queue_full: "queue full", would_time_out: "too late to be answered in time", timeout: "it took too long", backend_error: "no backend answered",
};

function showLost(list) {
  // Successive entries of one kind share a line.
  const groups = [];
  for (const entry of list) {
    const last = groups.at(-1);
    if (last && ["outcome", "model", "code"].every((key) => last[key] === entry[key])) last.times += 1;
    else groups.push({...entry, times: 1});
  }
  patch(parts.lost, groups.slice(0, 12), (shown) => (shown.length ? shown.map((entry) => {
    const waited = entry.times === 1 && entry.waited_ms >= 1 ? ` after ${milliseconds(entry.waited_ms)} in the queue` : "";
    return make("li", {}, make("div", {class: "row"}, make("span", {class: `tag ${entry.outcome === "rejected" ? "warn" : "bad"}`}, entry.outcome.replaceAll("_", " ")),
      entry.model ? link(hashOf("models", entry.model), named(entry.model)) : make("span", {}, "unknown model"), entry.times > 1 && make("span", {}, `× ${entry.times}`),
      make("span", {class: "quiet"}, (reasons[entry.code] ?? entry.code ?? "the backend broke off") + waited), make("time", {class: "quiet"}, moment(entry.time))));
  }) : [make("li", {class: "quiet"}, "Nothing was rejected, failed or timed out.")]));
}
