// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #requests: who runs and who waits, for what and behind whom; and what ended last.
//
// Without a filter it shows what the events have: the first that run or wait, and the last that ended. With one the gateway looks through all
// that it knows; a name that is typed only in part filters what the events have.

import {heading, replaceHash} from "./app.js";
import {access, confirmed, poll, read, toSignIn} from "./signin.js";
import {brief, choice, filterField, linkTo, made, Table, time} from "./table.js";
import {button, card, count, hashOf, make, milliseconds, momentOf, named, plural, setText} from "./tools.js";

const most = 200;
const outcomes = {completed: "completed", rejected: "rejected", failed: "failed", timed_out: "timed out", would_time_out: "too late", cancelled: "cancelled", refused: "refused"};
const classes = {"4xx": "answered 4xx", "5xx": "answered 5xx"};
const causes = {
  slot: () => "all slots are taken",
  load: () => "its model is being loaded",
  swap: (behind) => (behind ? `${behind.model} gives way to it` : "its model is loaded next"),
  turn: (behind) => `${behind?.model ?? "another model"} comes first`,
  refused: () => "its backends refuse requests for now",
  limit: () => "its client has as much running as it may",
  paused: () => "its client is paused",
};
const waits = {slot: "waits for a slot", load: "waits for a load", swap: "waits for a swap", turn: "waits for its turn", limit: "waits by its limit", paused: "waits while paused"};

let parts = null;
let asked = {};
/** The state of the gateway, as the events have it. */
let latest = null;
/** What the gateway found: {live, ended}; null without a filter, or if it knows nothing of that name. */
let found = null;
let search = null;

const id = {key: "id", label: "Request", ...made((row) => row.id, (_, text) => named(text))};
const model = {key: "model", label: "Model", ...linkTo("model", (name) => hashOf("models", name))};
const client = {key: "client", label: "Client", ...linkTo("client", (name) => hashOf("clients", name))};
/** In a cluster with the member whose request it is. */
const backend = {key: "backend", label: "Backend", value: (row) => (row.member ? `${row.backend ?? "–"} at ${row.member}` : row.backend), place: "wide"};

/** What a request does just now. */
function doing(row) {
  if (row.state === "queued") {
    const behind = row.behind?.clients ? ` (${plural(row.behind.clients, "client")} there)` : "";
    return `${causes[row.waiting_for]?.(row.behind) ?? row.waiting_for ?? "–"}${behind}`;
  }
  const parts = [row.tokens == null ? "" : plural(row.tokens, "token"), row.last_token_ms == null ? "" : `the last ${milliseconds(row.last_token_ms)} ago`,
    row.stalled === "client" ? `not read for ${milliseconds(row.stalled_ms)}` : row.stalled ? `the backend is silent for ${milliseconds(row.stalled_ms)}` : ""];
  return parts.filter(Boolean).join(", ") || "no answer yet";
}

/** When it starts; of class batch up to when, if interactive requests go on to come. */
const startOf = (row) => milliseconds(row.estimated_start_ms ?? null) + (row.estimated_start_ms_max > row.estimated_start_ms ? ` to ${milliseconds(row.estimated_start_ms_max)}` : "");

const live = [
  id, model, client,
  {key: "state", label: "State", ...brief((row) => (row.state === "active" ? "running" : `waiting, no. ${row.position}`)), value: (row) => row.position},
  {key: "since", label: "For", hint: "How long it runs, or waits", ...time("since")},
  {key: "doing", label: "What it does", value: doing},
  {key: "start", label: "Starts in", value: (row) => row.estimated_start_ms ?? null, text: (_, row) => (row.state === "queued" ? startOf(row) : milliseconds(null)), isNumber: true},
  {key: "deadline", label: "Deadline in", hint: "Until then its answer must begin", ...time("deadline_ms")},
  backend,
  {key: "cancel", label: "Cancel", ...made((row) => row.id + access.isAdmin, (row) => (access.isAdmin ? button("Cancel…", () => cancel(row), {"aria-label": `Cancel ${row.id}`}) : "–"))},
];

const ended = [
  id, model, client,
  {key: "arrived", label: "Arrived", ...made((row) => row.arrived, (_, text) => momentOf(text))},
  {key: "outcome", label: "Ending", value: (row) => row.outcome, text: (_, row) => [outcomes[row.outcome] ?? row.outcome, row.cause ?? row.code].filter(Boolean).join(": ")},
  {key: "status", label: "Status", value: (row) => row.status, text: (value) => value ?? "–", isNumber: true},
  {key: "waited", label: "Waited", ...time("waited_ms")},
  {key: "first", label: "First byte", ...time("first_byte_ms")},
  {key: "ran", label: "Ran", ...time("processing_ms")},
  {key: "tokens", label: "Tokens", hint: "Of the answer", value: (row) => row.tokens_out ?? null, isNumber: true},
  backend,
];

const has = (row, key) => !asked[key] || (row[key] ?? "").toLowerCase().includes(asked[key].toLowerCase());
const isOfCause = (row) => !asked.cause || [row.outcome, row.code, row.cause, row.waiting_for, row.status && `${Math.floor(row.status / 100)}xx`].includes(asked.cause);
const isAsked = (row) => has(row, "model") && has(row, "client") && (!asked.state || row.state === asked.state) && isOfCause(row);

/** Has the gateway look for what is asked for. */
function look() {
  search?.end();
  found = search = null;
  if (access.isViewer && Object.values(asked).some(Boolean)) search = poll(2, ask, (answer) => {
    found = answer;
    draw();
  }, () => {
    // A model that nobody has asked for, or a name that is not written out yet.
    found = null;
    draw();
  });
  draw();
}

async function ask() {
  const {model, client, state, cause} = asked;
  const list = (more) => read(`queue/requests${hashOf("", "", {model, client, limit: most, ...more}).slice(1)}`);
  const nothing = {total: 0, requests: []};
  const isWait = cause in waits;
  const [live, ended] = await Promise.all([state === "ended" || (cause && !isWait) ? nothing : list({state: isWait ? "queued" : state}),
    isWait || (state && state !== "ended") ? nothing : list({state: "ended", cause})]);
  return live.total + ended.total ? {live, ended} : null;
}

function draw() {
  const state = latest;
  if (!access.isViewer || !state?.requests?.by_id) return;
  const {by_id: byID, order, total} = state.requests;
  const rows = found ? found.live.requests : order.map((key) => byID[key]).filter(Boolean);
  parts.live.update(rows.map((row, place) => ({...row, place, since: row.state === "active" ? row.processing_ms : row.waited_ms})).filter(found ? isOfCause : isAsked));
  parts.ended.update(found ? found.ended.requests.map((row, place) => ({...row, number: -place})) : Object.entries(state.ended ?? {}).map(([number, row]) => rowOf(Number(number), row)).filter(isAsked));
  const [shown, all] = found ? [found.live.requests.length, found.live.total] : [order.length, total];
  setText(parts.more, all > shown ? `These are the first ${count(shown)} of ${count(all)}, in the order in which they start. All of them: paddock requests.` : "");
  setText(parts.older, found?.ended.total > most ? `These are the last ${count(most)} of ${count(found.ended.total)}.` : "");
}

export const view = {
  show(root, {query}) {
    latest = null;
    asked = Object.fromEntries(["model", "client", "state", "cause"].map((key) => [key, query.get(key) ?? ""]));
    const set = (key) => (value) => {
      asked[key] = value;
      replaceHash("requests", "", asked);
      look();
    };
    const table = (columns, label, empty, more) => new Table({columns, label, empty, sort: {key: "", isDescending: false}, ...more});
    parts = {count: make("small"), notice: make("p", {class: "note"}), more: make("p", {class: "note"}), older: make("p", {class: "note"}),
      live: table(live, "Requests that run or wait", "No such request runs or waits.", {key: (row) => row.id, order: (a, b) => a.place - b.place, orderLabel: "As they start"}),
      ended: table(ended, "Requests that have ended", "No such request has ended lately.", {key: (row) => row.number, order: (a, b) => b.number - a.number, orderLabel: "Last first"})};
    if (!access.isViewer) {
      heading("Requests");
      root.append(toSignIn(parts.notice));
      return;
    }
    heading(["Requests ", parts.count], filterField("Filter by model", asked.model, set("model"), "Model"), filterField("Filter by client", asked.client, set("client"), "Client"),
      choice("State", {"": "All states", active: "Running", queued: "Waiting", ended: "Ended"}, asked.state, set("state")),
      choice("Cause", {"": "All causes", ...outcomes, ...classes, ...waits}, asked.cause, set("cause")));
    root.append(card("Running and waiting", parts.live.sorter, parts.live.element), parts.more, card("Ended", parts.ended.sorter, parts.ended.element), parts.older);
    look();
  },

  update(state) {
    latest = state;
    const {active, queued} = state.load;
    setText(parts.count, `${count(active)} running, ${count(queued)} waiting`);
    setText(parts.notice, `${plural(active, "request")} running, ${count(queued)} waiting.`);
    draw();
  },

  hide() { search?.end(); },
};

/** Rows of what has ended, which do not change. */
const known = new WeakMap();

function rowOf(number, row) {
  if (!known.has(row)) known.set(row, {...row, number});
  return known.get(row);
}

const cancel = (row) => confirmed({title: ["Cancel ", named(row.id), "?"], text: `It is a request of ${row.client} for ${row.model}. Its client gets an error.`, action: "Cancel the request", isDanger: true,
  path: `admin/queue/requests/${encodeURIComponent(row.id)}`, method: "DELETE", done: `${row.id} is cancelled.`});
