// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #fleet: the hosts, what they have loaded, and how they do.

import {pinButton, unload} from "./model.js";
import {access, confirmed, read} from "./signin.js";
import {button, bytes, count, facts, hashOf, link, make, milliseconds, moment, momentOf, named, patch, percent, rate} from "./tools.js";

let list = null;
let note = null;
/** Since when each backend answers, as the events say it. */
let since = new Map();

/** Loads and times of the last minute of each backend, by URL. */
const past = new Map();

export const view = {
  show(root) {
    list = make("div", {class: "hosts", id: "backends"});
    note = make("p", {class: "note"});
    root.append(list, note);
    readSince();
  },

  update(state) {
    noteWork(state);
    const {memory} = state;
    patch(note, memory && [memory.available_gb, memory.total_gb, memory.recommended_parallel], () => (memory
      ? [`The gateway’s machine has ${memory.available_gb} of ${memory.total_gb} GiB free; with that, auto allows ${count(memory.recommended_parallel)} at once for each model.`] : []));
    patch(list, [access.isAdmin, state.backends.map((backend) => shownOf(backend, state))], ([isAdmin, hosts]) => hosts.map((host) => makeHost(host, isAdmin)));
  },
};

async function readSince() {
  const {events} = await read("queue/events?kind=started,backend_up,backend_down&limit=1000&scope=member").catch(() => ({events: []}));
  since = new Map();
  // The last one first.
  for (const event of events) {
    if (event.kind === "started" && !since.has("")) since.set("", event.time);
    if (event.backend && !since.has(event.backend) && !since.has("")) since.set(event.backend, event.time);
  }
}

function noteWork(state) {
  for (const backend of state.backends) {
    const swaps = backend.loads.turn + backend.loads.copy + backend.loads.options;
    const points = past.get(backend.url) ?? [];
    if (points.length && swaps < points.at(-1).swaps) points.length = 0;
    points.push({time: state.time, swaps, ...backend.time_ms});
    while (points.length > 2 && points[1].time < state.time - 60000) points.shift();
    past.set(backend.url, points);
  }
}

/** Swaps per minute, and the part of the time with work in which requests were served. */
function workOf(url) {
  const points = past.get(url);
  if (!points || points.length < 2) return {swaps: null, useful: null};
  const [first, last] = [points[0], points.at(-1)];
  const grown = (key) => last[key] - first[key];
  const served = grown("serving") + grown("draining");
  return {
    // In the first seconds a single swap says little.
    swaps: last.time > first.time ? (60000 * grown("swaps")) / Math.max(20000, last.time - first.time) : null,
    useful: served + grown("loading") > 0 ? served / (served + grown("loading")) : null,
  };
}

/** What a backend is in, if its requests do not go well. */
const reasons = {
  unreachable: "could not be reached",
  errors: "answers with errors",
  silence: "is silent while others answer",
  refusals: "is busy",
  stuck_load: "does not finish loading a model",
};

/** What is shown of a backend: without what changes all the time. */
function shownOf(backend, state) {
  const work = workOf(backend.url);
  const used = backend.residents.reduce((sum, one) => sum + one.bytes, 0);
  return {
    url: backend.url, state: backend.state, healthy: backend.healthy, active: backend.active_requests, slots: backend.slots, reason: backend.reason, breaker: backend.breaker,
    memory: backend.memory_bytes, places: backend.max_loaded, observed: backend.observed, loaded: backend.loaded ?? null, since: since.get(backend.url) ?? since.get("") ?? null, used, replies: backend.replies, first: backend.recent?.first_byte_ms_p90 ?? null,
    refused: backend.refused, swaps: work.swaps === null ? null : Math.round(work.swaps), useful: work.useful === null ? null : Math.round(100 * work.useful) / 100,
    residents: backend.residents.map((one) => ({model: one.model, state: one.state, active: one.active, bytes: one.bytes, limit: one.learned_limit ?? one.limit, options: one.options, reason: one.reason, pinned: one.pinned})),
    next: backend.plan?.model && {model: backend.plan.model, waiting: state.models.get(backend.plan.model)?.waiting_for_swap ?? 0},
  };
}

/** How much of a bar a model takes: its part of the memory, or one of the places if only their number is known. */
function share(host, size) {
  if (host.places && !host.memory) return 1;
  // Of unknown size: as large as a small model.
  return Math.max(1, Math.round((size || 2e9) / 2e8));
}

/** The memory of a host as one bar with its loaded models, or these alone if nobody knows how large it is. */
function makeBar(host) {
  const parts = host.residents.map((one) => {
    const requests = !one.limit ? "" : ` ${count(one.active)} / ${count(one.limit)}`;
    const part = make("li", {class: one.state, title: [one.model, one.options, one.bytes && bytes(one.bytes)].filter(Boolean).join(", ")},
      link(hashOf("models", one.model), make("bdi", {class: "clamp"}, one.model)), make("span", {}, one.state === "loaded" ? requests : ` ${one.state}${requests}`));
    part.style.flexGrow = String(share(host, one.bytes));
    return part;
  });
  const whole = host.memory ? share(host, host.memory) : host.places ?? 0;
  const free = Math.max(0, whole - host.residents.reduce((sum, one) => sum + share(host, one.bytes), 0));
  if (free) {
    const part = make("li", {class: "free"}, host.memory ? "free" : `room for ${count(free)}`);
    part.style.flexGrow = String(free);
    parts.push(part);
  }
  if (host.next) {
    parts.push(make("li", {class: "next"}, make("bdi", {class: "clamp"}, host.next.model), make("span", {}, ` next${host.next.waiting ? `, ${count(host.next.waiting)} waiting` : ""}`)));
  }
  return parts.length ? make("ul", {class: "machine", "aria-label": `Loaded on ${host.url}`}, ...parts) : null;
}

function makeHost(host, isAdmin) {
  const kind = !host.healthy ? "bad" : host.reason || host.breaker !== "ok" ? "warn" : "good";
  const words = !host.healthy ? "does not answer" : host.reason ? reasons[host.reason] ?? host.reason : "answers";
  const rows = [
    ["Running", `${count(host.active)}${host.slots ? ` of ${count(host.slots)}` : ""}`],
    host.memory && ["Model memory", `${bytes(host.used)} of ${bytes(host.memory)}`],
    host.since && [host.healthy ? "Answers since" : "Silent since", momentOf(host.since)],
    host.observed && host.swaps !== null && ["Swaps a minute", rate(host.swaps)],
    host.observed && host.useful !== null && ["Useful time", percent(host.useful)],
    host.replies && ["Answers", Object.entries(host.replies).filter(([, value]) => value).map(([key, value]) => `${key} ${count(value)}`).join(", ") || "none"],
    host.first !== null && ["First byte p90 (5 min)", milliseconds(host.first)],
    host.refused > 0 && ["Refused", count(host.refused)],
    host.breaker !== "ok" && ["Breaker", link("#events", host.breaker.replace("_", " "))],
  ];
  const tools = isAdmin && [host.state === "open" ? button("Drain…", () => drain(host.url)) : button("Resume…", () => resume(host.url))];
  return make("section", {class: `card host ${kind}`, "aria-label": host.url},
    make("div", {class: "title"}, make("h2", {}, make("span", {class: "dot"}), named(host.url), " ", make("small", {}, words), host.state === "open" ? null : make("span", {class: "tag warn"}, host.state)),
      tools && make("div", {class: "tools"}, ...tools)),
    makeBar(host), facts(rows),
    ...makeLoaded(host, isAdmin));
}

/** What is loaded, and what can be done about it. */
function makeLoaded(host, isAdmin) {
  const row = (model, text, ...tools) => make("div", {class: "row quiet"}, named(model), make("span", {class: "tools"}, text, ...tools));
  const loaded = new Map((host.loaded ?? []).map((model) => [model.name.replace(/:latest$/, ""), loadedText(model)]));
  const rows = host.residents.map(({model, state, pinned}) => {
    const text = [loaded.get(model), pinned && "pinned"].filter(Boolean).join(", ");
    loaded.delete(model);
    return row(model, text, isAdmin && state === "loaded" && !pinned && button("Unload…", () => unload(model, host.url)), isAdmin && pinButton(model, pinned));
  });
  return rows.concat([...loaded].map(([model, text]) => row(model, text)));
}

function loadedText(model) {
  const parts = [bytes(model.size_bytes)];
  if (model.size_bytes && model.gpu_bytes !== null) parts.push(`${percent(model.gpu_bytes / model.size_bytes)} on GPU`);
  const expires = new Date(model.expires ?? NaN);
  // A backend sends the year 2318 for "never".
  if (!Number.isNaN(expires.valueOf())) parts.push(expires.getFullYear() > 2200 ? "stays" : `until ${moment(expires)}`);
  return parts.join(", ");
}

const drain = (url) => confirmed({title: ["Drain ", named(url), "?"], text: "It gets no new requests, and its active ones end.", action: "Drain", path: "admin/backends/drain", body: {url}, done: `${url} is being drained.`});
const resume = (url) => confirmed({title: ["Give ", named(url), " requests again?"], action: "Resume", path: "admin/backends/add", body: {url}, done: `${url} gets requests again.`});
