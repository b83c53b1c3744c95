// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// One model: its limits and where they come from, its runners, how its requests did.

import {heading, replaceHash} from "./app.js";
import {endsOf, HistoryCharts, p50p90, Tile, unserved} from "./history.js";
import {access, change, confirmed, openDialog, read, say} from "./signin.js";
import {button, bytes, card, count, hashOf, link, make, milliseconds, moment, named, patch, rate} from "./tools.js";

let name = "";
let parts = null;
let backends = [];
/** What was set at run time, by key; null if the user may not see it. */
let settings = null;

export function keep(state) { backends = state.backends; }

/** How many slots a model has on the backends that can be used, if no other model holds any. */
export function slotsOf(model) {
  const open = backends.filter((backend) => backend.state === "open");
  const healthy = open.filter((backend) => backend.healthy);
  const usable = healthy.length ? healthy : open;
  return usable.reduce((sum, backend) => sum + Math.min(model.parallel_limit, backend.slots ?? Infinity), 0);
}

export function show(root, model, query) {
  name = model;
  settings = null;
  heading([link("#models", "Models"), " / ", named(name)], ...(access.isAdmin ? [button("Set limits…", setLimits, {class: "primary", id: "set-limits"})] : []));
  parts = {
    running: new Tile("Running", "Of its slots"), waiting: new Tile("Waiting", "Of the places in its queue"),
    wait: new Tile("Wait p50 / p90", "For a slot"), first: new Tile("First byte p50 / p90", "From the slot"),
    speed: new Tile("Tokens/s of a request"), ends: new Tile("Not served", "In the last 5 minutes"),
    tables: make("div", {class: "columns"}),
    charts: new HistoryCharts({model: name, range: query.get("range") ?? "15m", onRange: (range) => replaceHash("models", name, {range: range === "15m" ? "" : range})}),
  };
  root.append(make("section", {class: "tiles", "aria-label": "Summary"}, ...["running", "waiting", "wait", "first", "speed", "ends"].map((key) => parts[key].element)), parts.tables, parts.charts.element);
  readSettings();
}

export function hide() { parts.charts.end(); }

async function readSettings() {
  if (!access.isViewer) return;
  settings = await read("admin/settings").then((reply) => new Map(reply.settings.map((one) => [one.key, one])), () => null);
  if (parts.state) update(parts.state);
}

export function update(state) {
  parts.state = state;
  const model = state.models.get(name);
  if (!model) {
    patch(parts.tables, "unknown", () => [make("p", {class: "empty"}, "No request has named this model since the gateway started. It appears here with its first one.")]);
    return;
  }
  const ends = endsOf(model);
  const lost = unserved(ends);
  parts.running.show(`${count(model.active_requests)} / ${count(slotsOf(model))}`, `of ${count(model.clients)} clients`);
  parts.waiting.show(`${count(model.queued_requests)} / ${count(model.queue_limit)}`, model.waiting_for_swap ? `${count(model.waiting_for_swap)} for a load` : "", model.queued_requests >= model.queue_limit ? "bad" : "");
  parts.wait.show(p50p90(model.recent, "wait_ms"), `mean ${milliseconds(model.avg_wait_time_ms)} since the reset`);
  parts.first.show(p50p90(model.recent, "first_byte_ms"), `mean ${milliseconds(model.avg_first_byte_ms)} since the reset`);
  parts.speed.show(p50p90(model.recent, "tokens_per_second", rate), "");
  parts.ends.show(count(lost.number), lost.text, lost.number ? "warn" : "");
  const runners = state.backends.flatMap((backend) => backend.residents.filter((one) => one.model === name).map((one) => ({url: backend.url, ...one, visit_ms: null})));
  const batch = model.batch ?? {waiting: model.queued_batch};
  const shown = {
    isAdmin: access.isAdmin, runners, limits: [model.parallel_limit, model.queue_limit], settings: settings && limitKeys().map(([key]) => settings.get(key) ?? null), sources: model.limit_sources ?? null,
    replies: [model.recent?.replies ?? null, model.replies ?? null, model.replies_by_backend ?? null, model.total_error_replies], batch,
    totals: [model.total_requests, model.total_processed, model.total_cancelled, unserved(endsOf(model, false)).text, model.swaps, model.total_tokens_in, model.total_tokens_out],
  };
  patch(parts.tables, shown, () => [limitsCard(shown), runnersCard(runners), answersCard(shown), totalsCard(shown)]);
}

const limitKeys = () => [[`models.${name}.parallel_limit`, "At once, on each backend"], [`models.${name}.queue_limit`, "May wait"]];

function facts(rows) {
  return make("dl", {class: "facts"}, ...rows.filter(Boolean).map(([term, ...what]) => make("div", {}, make("dt", {}, term), make("dd", {}, ...what))));
}

/** The limits, and where each comes from. */
function limitsCard({limits, runners, sources, isAdmin}) {
  const rows = limitKeys().map(([key, label], index) => {
    const setting = settings?.get(key);
    const source = setting ? ["set at run time on ", moment(setting.set_at), `; the file says ${setting.configured}`] : [sources?.[index] ?? (settings ? "by the configuration" : "")];
    const back = setting && isAdmin ? button("Back to the file’s value…", () => unset(key, setting)) : null;
    return [label, make("strong", {}, count(limits[index])), " ", make("span", {class: "quiet"}, ...source), " ", back];
  });
  for (const one of runners) {
    if (one.learned_limit !== null && one.learned_limit !== undefined) {
      rows.push(["Learned", make("strong", {}, count(one.learned_limit)), " ", make("span", {class: "quiet"}, `at once is what ${one.url} really serves`)]);
    }
  }
  return card("Limits", null, facts(rows));
}

function runnersCard(runners) {
  return card(["Runners ", make("small", {}, count(runners.length))], null, make("ul", {class: "list"}, ...(runners.length ? runners.map((one) => make("li", {},
    make("div", {class: "row"}, make("span", {class: `tag ${one.state === "loaded" ? "good" : "warn"}`}, one.state), link(hashOf("fleet", one.url), named(one.url)),
      make("span", {}, `${count(one.active)} of ${count(one.limit)} running`)),
    make("div", {class: "quiet"}, [bytes(one.bytes || null), one.options, one.reason].filter((text) => text && text !== "–").join(", "))))
    : [make("li", {class: "quiet"}, "It is loaded on no backend.")])));
}

const classes = ["2xx", "3xx", "4xx", "5xx"];

/** The answers by class: of the last minutes, since the reset, and of each backend. */
function answersCard({replies: [recent, total, byBackend, errors]}) {
  if (!total) return card("Answers", null, facts([["Errors of backends", count(errors)]]));
  const cells = (row) => classes.map((key) => make("td", {class: !row[key] ? "zero" : key > "4" ? "some" : ""}, count(row[key] ?? 0)));
  const row = (label, values) => make("tr", {}, make("th", {scope: "row"}, label), ...cells(values));
  return card("Answers of backends", null, make("div", {class: "scroll plain"}, make("table", {class: "small"},
    make("thead", {}, make("tr", {}, make("th", {scope: "col"}, "Time"), ...classes.map((key) => make("th", {scope: "col"}, key)))),
    make("tbody", {}, recent && row("Last 5 minutes", recent), row("Since the reset", total), ...(byBackend ?? []).map((one) => row(named(one.backend), one))))));
}

function totalsCard({totals: [requests, completed, cancelled, lost, swaps, tokensIn, tokensOut], batch, isAdmin}) {
  return card("Since the reset", isAdmin && button("Reset statistics…", reset), facts([
    ["Requests", `${count(requests)}, ${count(completed)} completed, ${count(cancelled)} cancelled`], ["Not served", lost || "none"],
    ["Tokens", `${count(tokensIn)} in, ${count(tokensOut)} out`], ["Swaps", count(swaps)],
    ["Batch", `${count(batch.waiting)} waiting${batch.running === undefined ? "" : `, ${count(batch.running)} running`}${batch.oldest_ms ? `, the oldest for ${milliseconds(batch.oldest_ms)}` : ""}`
      + (batch.share === undefined || batch.share === null ? "" : `, ${Math.round(100 * batch.share)} % of the starts`)],
    ["More", link(hashOf("requests", "", {model: name}), "its requests"), ", ", link(hashOf("events", "", {model: name}), "its events")],
  ]));
}

async function setLimits() {
  const model = parts.state?.models.get(name);
  const isDone = await openDialog({
    title: ["Limits of ", named(name)], action: "Set", note: "Takes effect at once, and stays over restarts. Running requests continue, and no waiting request is rejected.",
    fields: [
      {name: "parallel_limit", label: "At once, on each backend", type: "number", min: 1, max: 10000, step: 1, required: true, value: model?.parallel_limit},
      {name: "queue_limit", label: "May wait", type: "number", min: 0, max: 10000000, step: 1, required: true, value: model?.queue_limit}],
    submit: (limits) => change("admin/queue/update", {model: name, ...limits}),
  });
  if (!isDone) return;
  say(`The limits of ${name} are set.`);
  readSettings();
}

async function unset(key, setting) {
  await confirmed({title: "Back to the file’s value?", text: `It is ${setting.value} now, and the file says ${setting.configured}.`, action: "Set back", path: "admin/settings/unset", body: {key}, done: "The file’s value holds again."});
  readSettings();
}

const reset = () => confirmed({
  title: ["Reset the statistics of ", named(name), "?"], text: "Its totals and means are set to zero. Requests, charts and the last 5 minutes stay.", action: "Reset",
  path: `admin/queue/reset?model=${encodeURIComponent(name)}`, done: `The statistics of ${name} were reset.`,
});
