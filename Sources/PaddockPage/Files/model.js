// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// One model: its limits and where they come from, its runners, how its requests did.

import {heading, replaceHash, state} from "./app.js";
import {HistoryCharts, p50p90, repliesOf, Tile, totalsOf, unserved} from "./history.js";
import {access, change, confirmed, openDialog, read, say} from "./signin.js";
import {button, bytes, card, count, facts, hashOf, link, make, milliseconds, momentOf, named, patch, percent, plural, rate} from "./tools.js";

let name = "";
let parts = null;
/** What was set at run time, by key; null if the user may not see it. */
let settings = null;

/** How many slots a model has on the backends that can be used, if no other model holds any. */
export function slotsOf(model) {
  const open = state.backends.filter((backend) => backend.state === "open");
  const healthy = open.filter((backend) => backend.healthy);
  return (healthy.length ? healthy : open).reduce((sum, backend) => sum + Math.min(model.parallel_limit, backend.slots ?? Infinity), 0);
}

export function show(root, model, query) {
  name = model;
  settings = null;
  heading([link("#models", "Models"), " / ", named(name)], access.isAdmin && button("Set limits…", setLimits, {class: "primary", id: "set-limits"}));
  parts = {
    running: new Tile("Running", "Of its slots"), waiting: new Tile("Waiting", "Of the places in its queue"), wait: new Tile("Wait p50 / p90", "For a slot"), first: new Tile("First byte p50 / p90", "From the slot"),
    speed: new Tile("Tokens/s p50 / p90", "Of one request"), errors: new Tile("Errors", "Answered by a backend with a status of 400 or above"), ends: new Tile("Not served", "By any backend"), swaps: new Tile("Swaps", "How often it was loaded in place of another model"),
  };
  const tiles = Object.values(parts).map((tile) => tile.element);
  parts.cards = make("div", {class: "columns two"});
  parts.charts = new HistoryCharts({model: name, range: query.get("range"), onRange: (range) => replaceHash("models", name, {range})});
  root.append(make("section", {class: "tiles", "aria-label": "The last 5 minutes"}, ...tiles), parts.charts.element, parts.cards);
  readSettings();
}

export function hide() { parts.charts.end(); }

async function readSettings() {
  const own = name;
  const reply = access.isViewer ? await read("admin/settings").catch(() => null) : null;
  if (own !== name) return;
  settings = reply && new Map(reply.settings.map((one) => [one.key, one]));
  if (state.stats) update(state);
}

export function update({models, backends}) {
  const model = models.get(name);
  if (!model) {
    patch(parts.cards, "", () => [make("p", {class: "empty"}, "No request has named this model since the gateway started.")]);
    return;
  }
  const {recent} = model;
  const [errors, lost] = [repliesOf(recent, "4xx", "5xx"), unserved(recent)];
  parts.running.show(`${count(model.active_requests)} / ${count(slotsOf(model))}`, model.clients ? `of ${plural(model.clients, "client")}` : "");
  parts.waiting.show(`${count(model.queued_requests)} / ${count(model.queue_limit)}`, model.waiting_for_swap ? `${count(model.waiting_for_swap)} for a load` : "", model.queued_requests >= model.queue_limit ? "bad" : "");
  parts.wait.show(p50p90(recent, "wait_ms"));
  parts.first.show(p50p90(recent, "first_byte_ms"));
  parts.speed.show(p50p90(recent, "tokens_per_second", rate));
  parts.errors.show(count(errors.number), errors.text, errors.number ? "bad" : "");
  parts.ends.show(count(lost.number), lost.text, lost.number ? "warn" : "");
  parts.swaps.show(count(model.swaps), "since the start or reset");
  const runners = backends.flatMap((backend) => backend.residents.filter((one) => one.model === name).map((one) => ({url: backend.url, state: one.state, active: one.active, limit: one.limit,
    learned: one.learned_limit, bytes: one.bytes, options: one.options, reason: one.reason})));
  const totals = totalsOf(model);
  patch(parts.cards, [access.isAdmin, runners, model.parallel_limit, model.queue_limit, model.parallel_limit_from, model.queue_limit_from, model.pinned, settings && [...settings.values()], recent.replies, model.replies_by_backend, totals, model.batch], () => [
    limitsCard(model, runners), runnersCard(model, runners), answersCard(recent, model), totalsCard(model, totals)]);
}

/** The limits, and where each comes from. */
function limitsCard(model, runners) {
  const row = (label, key, value) => {
    const setting = settings?.get(`models.${name}.${key}`);
    return [label, make("strong", {}, count(value)), make("span", {class: "quiet"}, ...(setting ? [" set at run time, ", momentOf(setting.set_at), `; the file says ${setting.configured} `] : [` ${model[`${key}_from`]}`])),
      setting && access.isAdmin && button("Back to the file’s value…", () => unset(setting))];
  };
  return card("Limits", null, facts([row("At once, on each backend", "parallel_limit", model.parallel_limit), row("May wait", "queue_limit", model.queue_limit),
    ...runners.filter((one) => one.learned && one.learned !== model.parallel_limit).map((one) => ["Learned", make("strong", {}, count(one.learned)), make("span", {class: "quiet"}, ` at once is what ${one.url} really serves`)])]));
}

/** Why a model was loaded. */
const reasons = {room: "loaded as there was room", turn: "loaded as it was its turn", copy: "loaded as its queue elsewhere was long", options: "loaded anew with other options", pinned: "pinned", foreign: "not loaded by Paddock"};

function runnersCard(model, runners) {
  const rows = runners.map((one) => make("li", {},
    make("div", {class: "row"}, make("span", {class: `tag ${one.state === "loaded" ? "good" : "warn"}`}, one.state), link(hashOf("fleet", one.url), named(one.url)), make("span", {}, `${count(one.active)} of ${count(one.limit)} running`),
      access.isAdmin && !model.pinned && one.state === "loaded" && button("Unload…", () => unload(name, one.url))),
    make("div", {class: "quiet"}, [one.bytes && bytes(one.bytes), one.options, reasons[one.reason]].filter(Boolean).join(", "))));
  const pin = access.isAdmin && pinButton(name, model.pinned);
  return card(model.pinned ? "Loaded on (pinned)" : "Loaded on", pin, make("ul", {class: "list"}, ...(rows.length ? rows : [make("li", {class: "quiet"}, "It is loaded on no backend.")])));
}

const classes = ["2xx", "3xx", "4xx", "5xx"];

/** The answers by class: of the last minutes, since the reset, and of each backend. */
function answersCard(recent, model) {
  const row = (label, replies) => make("tr", {}, make("th", {scope: "row"}, label), ...classes.map((key) => make("td", {class: !replies[key] ? "zero" : key > "4" ? "some" : ""}, count(replies[key] ?? 0))));
  return card("Answers of backends", null, make("div", {class: "scroll"}, make("table", {},
    make("thead", {}, make("tr", {}, ...["Time", ...classes].map((key) => make("th", {scope: "col"}, key)))),
    make("tbody", {}, row("Last 5 minutes", recent.replies), row("In all", model.replies), ...(model.replies_by_backend ?? []).map((one) => row(named(one.backend), one))))));
}

function totalsCard(model, totals) {
  const batch = model.batch ?? {waiting: model.queued_batch};
  return card("Since the start or reset", access.isAdmin && button("Reset statistics…", reset), facts([
    ["Requests", `${count(totals.requests)}: ${count(totals.completed)} completed${totals.cancelled ? `, ${count(totals.cancelled)} cancelled` : ""}`], ["Not served", unserved(totals).text || "none"],
    ["Tokens", `${count(model.total_tokens_in)} in, ${count(model.total_tokens_out)} out`],
    ["Batch", [`${count(batch.waiting)} waiting`, batch.running && `${count(batch.running)} running`, batch.oldest_ms && `the oldest for ${milliseconds(1000 * Math.round(batch.oldest_ms / 1000))}`,
      batch.share && `${percent(batch.share)} of the starts`].filter(Boolean).join(", ")],
    ["More", link(hashOf("requests", "", {model: name}), "Requests"), ", ", link(hashOf("events", "", {model: name}), "events")],
  ]));
}

async function setLimits() {
  const model = state.models.get(name);
  const field = (key, label, min, max) => ({name: key, label, type: "number", min, max, step: 1, required: true, value: model?.[key]});
  const isDone = await openDialog({
    title: ["Limits of ", named(name)], action: "Set", note: "Takes effect at once, and stays over restarts. Running requests continue, and no waiting request is rejected.",
    fields: [field("parallel_limit", "At once, on each backend", 1, 10000), field("queue_limit", "May wait", 0, 10000000)],
    submit: (limits) => change("admin/queue/update", {model: name, ...limits}),
  });
  if (!isDone) return;
  say(`The limits of ${name} are set.`);
  readSettings();
}

/** What pins a model, or ends that. */
export function pinButton(model, isPinned) {
  const [word, verb, text] = isPinned ? ["Unpin", "unpin", "It gives way to other models from now on."] : ["Pin", "pin", "It is kept loaded from now on, also over restarts."];
  return button(`${word}…`, () => confirmed({title: [`${word} `, named(model), "?"], text, action: word, path: `admin/models/${verb}`, body: {model}, done: `${model} is ${verb}ned.`}));
}

export const unload = (model, backend) => confirmed({title: ["Unload ", named(model), "?"], text: `Its active requests on ${backend} end first. Requests that wait have it loaded again.`, action: "Unload", path: "admin/models/unload", body: {model, backend}, done: `${model} is unloaded.`});

async function unset({key, value, configured}) {
  await confirmed({title: "Back to the file’s value?", text: `It is ${value} now, and the file says ${configured}.`, action: "Set back", path: "admin/settings/unset", body: {key}, done: "The file’s value holds again."});
  readSettings();
}

const reset = () => confirmed({
  title: ["Reset the statistics of ", named(name), "?"], text: "Its totals and means are set to zero. Requests, charts and the last 5 minutes stay.", action: "Reset",
  path: `admin/queue/reset?model=${encodeURIComponent(name)}`, done: `The statistics of ${name} were reset.`,
});
