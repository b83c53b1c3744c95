// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #requests: who runs and who waits, for what and behind whom; and what ended last.

import {heading, replaceHash} from "./app.js";
import {access, confirmed, signIn} from "./signin.js";
import {filterField, Table} from "./table.js";
import {button, card, count, hashOf, link, make, milliseconds, momentOf, named, plural, setText} from "./tools.js";

const outcomes = {completed: "completed", rejected: "rejected", failed: "failed", timed_out: "timed out", would_time_out: "too late", cancelled: "cancelled", refused: "refused"};
const causes = {
  slot: () => "all slots are taken",
  load: () => "its model is being loaded",
  swap: (behind) => (behind ? `${behind.model} gives way to it` : "its model is loaded next"),
  turn: (behind) => `${behind?.model ?? "another model"} comes first`,
  refused: () => "its backends refuse requests for now",
  limit: () => "its client has as much running as it may",
  paused: () => "its client is paused",
};

let parts = null;
let asked = {};

/** A cell with a name that leads somewhere. */
export const linkTo = (key, hash) => ({value: (row) => row[key], cell(row, cell) {
  if (cell.shown === row[key]) return;
  cell.shown = row[key];
  cell.classList.add("words");
  cell.replaceChildren(row[key] == null ? "–" : link(hash(row[key]), named(row[key])));
}});

/** A cell of a few words that stay in one line. */
export const brief = (value) => ({value, cell(row, cell) {
  const text = String(value(row) ?? "–");
  if (cell.shown === text) return;
  cell.shown = text;
  cell.classList.add("brief");
  cell.textContent = text;
}});

const model = {key: "model", label: "Model", ...linkTo("model", (name) => hashOf("models", name))};
const client = {key: "client", label: "Client", ...linkTo("client", (name) => hashOf("clients", name))};
const time = (key) => ({value: (row) => row[key] ?? null, text: milliseconds, isNumber: true});
const id = {key: "id", label: "Request", value: (row) => row.id, cell(row, cell) {
  if (cell.shown === row.id) return;
  cell.shown = row.id;
  cell.replaceChildren(named(row.id));
}};

/** What a request does just now. */
function doing(row) {
  if (row.state === "queued") {
    const behind = row.behind ? `, ${plural(row.behind.clients, "client")}` : "";
    return `${causes[row.waiting_for]?.(row.behind) ?? row.waiting_for ?? "–"}${behind}`;
  }
  const parts = [row.tokens == null ? "" : plural(row.tokens, "token"), row.last_token_ms == null ? "" : `the last ${milliseconds(row.last_token_ms)} ago`,
    row.stalled === "client" ? `not read for ${milliseconds(row.stalled_ms)}` : row.stalled ? `the backend is silent for ${milliseconds(row.stalled_ms)}` : ""];
  return parts.filter(Boolean).join(", ") || "no answer yet";
}

const startOf = (row) => (row.estimated_start_ms == null ? "–" : milliseconds(row.estimated_start_ms));

const live = [
  id, model, client,
  {key: "state", label: "State", ...brief((row) => (row.state === "active" ? "running" : `waiting, no. ${row.position}`)), value: (row) => row.position},
  {key: "since", label: "For", hint: "How long it runs, or waits", ...time("since")},
  {key: "doing", label: "What it does", value: doing},
  {key: "start", label: "Starts in", value: (row) => row.estimated_start_ms ?? null, text: (_, row) => (row.state === "queued" ? startOf(row) : "–"), isNumber: true},
  {key: "deadline", label: "Deadline in", ...time("deadline_ms")},
  {key: "backend", label: "Backend", value: (row) => row.backend, place: "wide"},
  {key: "cancel", label: "Cancel", value: (row) => row.id, cell(row, cell) {
    if (cell.shown === row.id + access.isAdmin) return;
    cell.shown = row.id + access.isAdmin;
    cell.replaceChildren(access.isAdmin ? button("Cancel…", () => cancel(row), {"aria-label": `Cancel ${row.id}`}) : "–");
  }},
];

const ended = [
  id, model, client,
  {key: "arrived", label: "Arrived", value: (row) => row.arrived, cell(row, cell) {
    if (cell.shown !== row.arrived) cell.replaceChildren(momentOf((cell.shown = row.arrived)));
  }},
  {key: "outcome", label: "Ending", value: (row) => row.outcome, text: (_, row) => [outcomes[row.outcome] ?? row.outcome, row.cause ?? row.code].filter(Boolean).join(": ")},
  {key: "status", label: "Status", value: (row) => row.status, text: (value) => value ?? "–", isNumber: true},
  {key: "waited", label: "Waited", ...time("waited_ms")},
  {key: "first", label: "First byte", ...time("first_byte_ms")},
  {key: "ran", label: "Ran", ...time("processing_ms")},
  {key: "tokens", label: "Tokens", hint: "Of the answer", value: (row) => row.tokens_out ?? null, isNumber: true},
  {key: "backend", label: "Backend", value: (row) => row.backend, place: "wide"},
];

/** A choice that the address keeps. */
export function choice(label, options, value, changed) {
  const select = make("select", {"aria-label": label}, ...Object.entries(options).map(([key, text]) => make("option", {value: key, selected: key === value}, text)));
  select.addEventListener("change", () => changed(select.value));
  return select;
}

function has(row, key, text) {
  return !text || (row[key] ?? "").toLowerCase().includes(text.toLowerCase());
}

function isAsked(row) {
  const {state, cause} = asked;
  const kind = cause && cause.endsWith("xx") ? `${Math.floor((row.status ?? 0) / 100)}xx` : null;
  return has(row, "model", asked.model) && has(row, "client", asked.client) && (!state || row.state === state)
    && (!cause || kind === cause || [row.outcome, row.code, row.cause, row.waiting_for].includes(cause));
}

export const view = {
  show(root, {query}) {
    asked = Object.fromEntries(["model", "client", "state", "cause"].map((key) => [key, query.get(key) ?? ""]));
    const set = (key) => (value) => {
      asked[key] = value;
      replaceHash("requests", "", asked);
      view.again?.();
    };
    parts = {count: make("small"), notice: make("p", {class: "note"}), more: make("p", {class: "note"}),
      live: new Table({columns: live, key: (row) => row.id, sort: {key: "", isDescending: false}, order: (a, b) => a.place - b.place, orderLabel: "As they start", label: "Requests that run or wait", empty: "No such request runs or waits."}),
      ended: new Table({columns: ended, key: (row) => row.number, sort: {key: "", isDescending: false}, order: (a, b) => b.number - a.number, orderLabel: "Last first", label: "Requests that have ended", empty: "No such request has ended lately."})};
    if (!access.isViewer) {
      heading("Requests");
      root.append(make("div", {class: "notice"}, parts.notice, make("p", {}, "Sign in to see which."), button("Sign in…", () => signIn(), {class: "primary"})));
      return;
    }
    heading(["Requests ", parts.count], filterField("Filter by model", asked.model, set("model")), filterField("Filter by client", asked.client, set("client")),
      choice("State", {"": "All states", active: "Running", queued: "Waiting", ended: "Ended"}, asked.state, set("state")),
      choice("Cause", {"": "All causes", ...outcomes, "4xx": "4xx", "5xx": "5xx", slot: "waits for a slot", load: "waits for a load", swap: "waits for a swap", turn: "waits for its turn", limit: "waits by its limit", paused: "waits while paused"}, asked.cause, set("cause")));
    for (const [index, text] of ["Model", "Client"].entries()) document.querySelectorAll("h1 input")[index].placeholder = text;
    root.append(card("Running and waiting", parts.live.sorter, parts.live.element), parts.more, card("Ended", parts.ended.sorter, parts.ended.element));
  },

  update(state) {
    view.again = () => view.update(state);
    const {active, queued} = state.load;
    setText(parts.count, `${count(active)} running, ${count(queued)} waiting`);
    setText(parts.notice, `${plural(active, "request")} running, ${count(queued)} waiting.`);
    if (!access.isViewer || !state.requests?.by_id) return;
    const {by_id: byID, order, total} = state.requests;
    const rows = order.map((key, place) => ({...byID[key], place, since: byID[key]?.state === "active" ? byID[key].processing_ms : byID[key]?.waited_ms})).filter((row) => row.id && isAsked(row));
    parts.live.update(rows);
    parts.ended.update(Object.entries(state.ended ?? {}).map(([number, row]) => rowOf(Number(number), row)).filter(isAsked));
    setText(parts.more, total > order.length ? `These are the first ${count(order.length)} of ${count(total)}, in the order in which they start. All of them: paddock requests.` : "");
  },

  hide() { view.again = null; },
};

/** Rows of what has ended, which do not change. */
const known = new WeakMap();

function rowOf(number, row) {
  if (!known.has(row)) known.set(row, {...row, number});
  return known.get(row);
}

const cancel = (row) => confirmed({title: ["Cancel ", named(row.id), "?"], text: `It is a request of ${row.client} for ${row.model}. Its client gets an error.`, action: "Cancel the request", isDanger: true,
  path: `admin/queue/requests/${encodeURIComponent(row.id)}`, method: "DELETE", done: `${row.id} is cancelled.`});
