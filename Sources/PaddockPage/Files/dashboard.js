// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

"use strict";

const rowsOfPage = 50;
const staleAfter = 4000;
const giveUpAfter = 15000;
const retryAfter = 2000;

const find = (id) => document.getElementById(id);

/** The latest data from the gateway; models by name, each the object of /queue/stats. */
const state = {
  isKnown: false,
  status: "",
  models: new Map(),
  rates: new Map(),
  backends: [],
  /** What each backend has done within the last minute, by URL. */
  work: new Map(),
  memory: null,
  unserved: [],
  heard: 0,
};

/** The user's selections. */
const view = {sort: "busy", isDescending: true, filter: "", page: 0, chartModel: null, sorted: [], sortedAt: 0};

// MARK: Writing numbers

function count(value) {
  return value === undefined || value === null ? "–" : value.toLocaleString("en");
}

function rate(value) {
  if (value === undefined || value === null) return "–";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 || value === 0 ? 0 : 1);
}

function milliseconds(value) {
  if (value === undefined || value === null) return "–";
  if (value < 1) return value === 0 ? "0 ms" : `${value.toFixed(2)} ms`;
  if (value < 1000) return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  if (value < 60000) return `${(value / 1000).toFixed(value < 10000 ? 2 : 1)} s`;
  return `${Math.floor(value / 60000)} min ${Math.round((value % 60000) / 1000)} s`;
}

function bytes(value) {
  if (value === null || value === undefined) return "–";
  return value >= 2 ** 30 ? `${(value / 2 ** 30).toFixed(1)} GB` : `${Math.round(value / 2 ** 20)} MB`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// MARK: The stream

let stream = null;

function connect() {
  stream?.close();
  stream = new EventSource("dashboard/events");
  stream.addEventListener("state", (event) => take(JSON.parse(event.data), true));
  stream.addEventListener("change", (event) => take(JSON.parse(event.data), false));
  stream.addEventListener("error", () => {
    // A refusal ends the stream for good; after a broken connection the browser reconnects by itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, retryAfter);
    showStatus();
  });
}

function take(news, isWhole) {
  if (!isWhole && !state.isKnown) return;
  if (isWhole) {
    state.models.clear();
    find("version").textContent = news.version;
  }
  state.isKnown = true;
  state.heard = performance.now();
  state.status = news.status;
  state.defaults = news.stats;
  state.backends = news.backends;
  state.memory = news.memory;
  if (news.unserved) state.unserved = news.unserved;
  for (const name of news.gone) {
    state.models.delete(name);
    state.rates.delete(name);
  }
  for (const [name, model] of Object.entries(news.stats.models)) state.models.set(name, model);
  for (const name of state.rates.keys()) if (!state.models.has(name)) state.rates.delete(name);
  noteRates(news.time);
  noteWork(news.time);
  render();
}

/** Keeps the counts of the last seconds, for rates per second. */
function noteRates(time) {
  for (const [name, model] of state.models) {
    const ended = model.total_processed + model.total_rejected + model.total_failed + model.total_timed_out
      + model.total_cancelled + (model.total_would_time_out ?? 0);
    const past = state.rates.get(name) ?? [];
    // A reset starts again.
    if (past.length && ended < past[past.length - 1].ended) past.length = 0;
    past.push({time, ended, chunks: model.total_chunks ?? 0});
    while (past.length > 2 && past[1].time < time - 5000) past.shift();
    state.rates.set(name, past);
  }
}

function rateOf(name, quantity) {
  const past = state.rates.get(name);
  if (!past || past.length < 2) return 0;
  const [first, last] = [past[0], past[past.length - 1]];
  return last.time > first.time ? Math.max(0, (1000 * (last[quantity] - first[quantity])) / (last.time - first.time)) : 0;
}

/** Keeps the loads and the times of the last minute. */
function noteWork(time) {
  for (const backend of state.backends) {
    const swaps = backend.loads.turn + backend.loads.copy + backend.loads.options;
    const past = state.work.get(backend.url) ?? [];
    if (past.length && swaps < past[past.length - 1].swaps) past.length = 0;
    past.push({time, swaps, ...backend.time_ms});
    while (past.length > 2 && past[1].time < time - 60000) past.shift();
    state.work.set(backend.url, past);
  }
}

/** Swaps per minute, and the part of the time with work in which requests were served. */
function workOf(url) {
  const past = state.work.get(url);
  if (!past || past.length < 2) return {swaps: null, useful: null};
  const [first, last] = [past[0], past[past.length - 1]];
  const grown = (key) => last[key] - first[key];
  const served = grown("serving") + grown("draining");
  return {
    swaps: last.time > first.time ? (60000 * grown("swaps")) / (last.time - first.time) : null,
    useful: served + grown("loading") > 0 ? served / (served + grown("loading")) : null,
  };
}

function showStatus() {
  const age = performance.now() - state.heard;
  const isStale = !state.isKnown || age > staleAfter;
  const pill = find("status");
  const isDown = state.backends.some((backend) => !backend.healthy);
  const words = {healthy: "Live", degraded: isDown ? "Live, a backend does not answer" : "Live, a backend is in trouble", draining: "Shutting down"};
  const kind = isStale ? "bad" : {healthy: "good", degraded: "warn", draining: "warn"}[state.status];
  const stale = state.isKnown ? `Stale: last news ${Math.round(age / 1000)} s ago, reconnecting…` : "No connection yet, trying…";
  pill.className = `pill ${kind}`;
  setText(find("status-text"), isStale ? stale : words[state.status] ?? state.status);
  document.body.classList.toggle("stale", isStale && state.isKnown);
  // A connection that is silent for this long is dead, even without an error.
  if (isStale && state.isKnown && age > giveUpAfter) {
    state.heard = performance.now() - staleAfter - 1000;
    connect();
  }
}

// MARK: Summary

function render() {
  showStatus();
  renderSummary();
  renderModels();
  renderBackends();
  renderUnserved();
}

/** How many slots a model has on the backends that can be used, if no other model holds any. */
function slotsOf(model) {
  const open = state.backends.filter((backend) => backend.state === "open");
  const healthy = open.filter((backend) => backend.healthy);
  const usable = healthy.length ? healthy : open;
  return usable.reduce((sum, backend) => sum + Math.min(model.parallel_limit, backend.slots ?? Infinity), 0);
}

function renderSummary() {
  let [active, queued, waiting, ended, chunks] = [0, 0, 0, 0, 0];
  for (const [name, model] of state.models) {
    active += model.active_requests;
    queued += model.queued_requests;
    if (model.queued_requests > 0) waiting += 1;
    ended += rateOf(name, "ended");
    chunks += rateOf(name, "chunks");
  }
  const up = state.backends.filter((backend) => backend.healthy).length;
  setText(find("sum-active"), count(active));
  setText(find("sum-active-note"), `on ${up} of ${state.backends.length} backend${state.backends.length === 1 ? "" : "s"}`);
  setText(find("sum-queued"), count(queued));
  setText(find("sum-queued-note"), queued ? `for ${waiting} model${waiting === 1 ? "" : "s"}` : "none waiting");
  setText(find("sum-rate"), rate(ended));
  setText(find("sum-chunks"), rate(chunks));
  const memory = state.memory;
  setText(find("sum-memory"), memory ? `${memory.percent} %` : "–");
  setText(find("sum-memory-note"), memory
    ? `${memory.available_gb} of ${memory.total_gb} GB free. For this size ${memory.recommended.ollama_num_parallel} at once and `
      + `${memory.recommended.ollama_max_queue} waiting are advised.` : "not known");
  find("memory-bar").style.width = `${memory?.percent ?? 0}%`;
}

// MARK: Models

const columns = [
  {key: "model", label: "Model", value: (model) => model.model},
  {key: "active", label: "Active", value: (model) => model.active_requests},
  {key: "queued", label: "Queued", value: (model) => model.queued_requests},
  {key: "wait", label: "Wait", hint: "Mean wait for a slot, since the last reset", value: (model) => model.avg_wait_time_ms, text: milliseconds},
  {key: "first", label: "First byte", hint: "Mean time from the slot to the first byte of the reply, since the last reset", value: (model) => model.avg_first_byte_ms, text: milliseconds},
  {key: "processing", label: "Processing", hint: "Mean time with the slot, since the last reset", value: (model) => model.avg_processing_time_ms, text: milliseconds},
  {key: "chunks", label: "Chunks/s", hint: "Chunks of streams in the last seconds, about one per token", value: (model) => rateOf(model.model, "chunks"), text: rate},
  {key: "completed", label: "Completed", value: (model) => model.total_processed, text: count},
  {key: "errors", label: "Errors", hint: "Completed requests that the backend answered with a status of 400 or above", value: (model) => model.total_error_replies, text: count, isBad: true},
  {key: "rejected", label: "Rejected", value: (model) => model.total_rejected, text: count, isBad: true},
  {key: "late", label: "Too late", hint: "Answered with 503 at once, as they could not have met their deadline", value: (model) => model.total_would_time_out, text: count, isBad: true},
  {key: "timed", label: "Timed out", value: (model) => model.total_timed_out, text: count, isBad: true},
  {key: "failed", label: "Failed", value: (model) => model.total_failed, text: count, isBad: true},
];

const rows = new Map();

function buildHead() {
  for (const column of columns) {
    const button = make("button", {type: "button", title: column.hint ?? column.label}, column.label);
    button.addEventListener("click", () => sortBy(column.key, view.sort === column.key ? !view.isDescending : column.key !== "model"));
    find("model-head").append(make("th", {scope: "col", "data-key": column.key, "aria-sort": "none"}, button));
    find("sort-select").append(make("option", {value: column.key}, column.label));
  }
  find("model-head").append(make("td", {class: "act"}));
  find("sort-select").prepend(make("option", {value: "busy", selected: ""}, "Busiest first"));
  find("sort-select").addEventListener("change", (event) => sortBy(event.target.value, event.target.value !== "model"));
}

function sortBy(key, isDescending) {
  Object.assign(view, {sort: key, isDescending, page: 0, sortedAt: 0});
  find("sort-select").value = key;
  for (const head of find("model-head").querySelectorAll("th")) {
    head.setAttribute("aria-sort", head.dataset.key !== key ? "none" : isDescending ? "descending" : "ascending");
  }
  renderModels();
}

/** The names to show, in order. Rows stay in place while the pointer is on them, and for some seconds otherwise. */
function sortedNames() {
  const table = find("model-rows");
  const isHeld = table.matches(":hover") || table.contains(document.activeElement);
  const isSame = view.sorted.length > 0 && view.sortedFilter === view.filter && view.sortedAt > 0;
  if (isSame && (isHeld || performance.now() - view.sortedAt < 3000) && view.sortedCount === state.models.size) return view.sorted;
  const wanted = view.filter.toLowerCase();
  const models = [...state.models.values()].filter((model) => model.model.toLowerCase().includes(wanted));
  const column = columns.find((one) => one.key === view.sort);
  const byName = (a, b) => (a.model < b.model ? -1 : 1);
  if (column) {
    const sign = view.isDescending ? -1 : 1;
    models.sort((a, b) => {
      const [left, right] = [column.value(a) ?? -1, column.value(b) ?? -1];
      return left === right ? byName(a, b) : left < right ? -sign : sign;
    });
  } else {
    const load = (model) => model.active_requests + model.queued_requests;
    models.sort((a, b) => load(b) - load(a) || b.total_requests - a.total_requests || byName(a, b));
  }
  Object.assign(view, {sorted: models.map((model) => model.model), sortedAt: performance.now(), sortedFilter: view.filter, sortedCount: state.models.size});
  return view.sorted;
}

function renderModels() {
  const names = sortedNames().filter((name) => state.models.has(name));
  const pages = Math.max(1, Math.ceil(names.length / rowsOfPage));
  view.page = Math.min(view.page, pages - 1);
  const shown = names.slice(view.page * rowsOfPage, (view.page + 1) * rowsOfPage);
  const body = find("model-rows");
  const wanted = new Set(shown);
  for (const [name, row] of rows) {
    if (wanted.has(name)) continue;
    row.element.remove();
    rows.delete(name);
  }
  shown.forEach((name, index) => {
    let row = rows.get(name);
    if (!row) rows.set(name, row = makeRow(name));
    if (body.children[index] !== row.element) body.insertBefore(row.element, body.children[index] ?? null);
    updateRow(row, state.models.get(name));
  });
  setText(find("model-count"), names.length === state.models.size ? count(names.length) : `${count(names.length)} of ${count(state.models.size)}`);
  document.querySelector("#models .scroll").hidden = names.length === 0;
  find("model-empty").hidden = names.length > 0;
  setText(find("model-empty"), state.models.size
    ? "No model has such a name." : "No model has been used yet. It appears here with its first request.");
  find("pager").hidden = pages === 1;
  setText(find("page-text"), `Page ${view.page + 1} of ${pages}`);
  find("page-back").disabled = view.page === 0;
  find("page-on").disabled = view.page === pages - 1;
}

function makeRow(name) {
  const nameButton = make("button", {type: "button", class: "name", title: "Show its charts"}, make("bdi", {}, name));
  nameButton.addEventListener("click", () => showChartOf(view.chartModel === name ? null : name));
  const element = make("tr", {}, make("th", {scope: "row"}, nameButton));
  const cells = columns.slice(1).map((column) => {
    const cell = make("td", {"data-label": column.label, "data-key": column.key});
    element.append(cell);
    return cell;
  });
  const gauges = cells.slice(0, 2).map((cell) => {
    const [text, bar] = [make("span"), make("i")];
    const gauge = make("span", {class: "gauge"}, text, make("span", {class: "meter"}, bar));
    cell.append(gauge);
    return {gauge, text, bar};
  });
  const limits = make("button", {type: "button", class: "limits", "aria-label": `Limits of ${name}`}, "Limits…");
  limits.addEventListener("click", () => openLimits(name));
  element.append(make("td", {class: "act"}, limits));
  return {element, cells, gauges};
}

function updateRow(row, model) {
  const slots = slotsOf(model);
  const gauges = [[model.active_requests, slots], [model.queued_requests, model.queue_limit]];
  gauges.forEach(([value, limit], index) => {
    const {gauge, text, bar} = row.gauges[index];
    setText(text, `${count(value)} / ${count(limit)}`);
    bar.style.width = `${limit > 0 ? Math.min(100, (100 * value) / limit) : 0}%`;
    gauge.classList.toggle("full", index === 1 && value > 0);
  });
  columns.slice(3).forEach((column, index) => {
    const value = column.value(model);
    const cell = row.cells[index + 2];
    setText(cell, column.text(value));
    cell.className = !value ? "zero" : column.isBad ? "some" : "";
  });
  row.element.classList.toggle("shown", view.chartModel === model.model);
}

// MARK: Backends and what was not served

/** Updates a list, and keeps the entries that have not changed. */
function renderList(list, entries, makeEntry) {
  const key = JSON.stringify(entries);
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  list.replaceChildren(...entries.map(makeEntry));
}

/** What a backend is in, if its requests do not go well. */
const troubles = {
  unreachable: "could not be reached",
  errors: "answers with errors",
  silence: "is silent while others answer",
  refusals: "is busy",
  stuck_load: "does not finish loading a model",
};

/** What is shown of a backend: without what changes all the time. */
function shownBackend(backend) {
  const work = workOf(backend.url);
  const figures = [];
  if (backend.observed && work.swaps !== null) figures.push(`${rate(work.swaps)} swaps a minute`);
  if (backend.observed && work.useful !== null) figures.push(`${Math.round(100 * work.useful)} % of the busy time useful`);
  const residents = backend.residents.map((one) => ({
    model: one.model, state: one.state, active: one.active, bytes: one.bytes,
    limit: one.learned_limit ?? one.limit, configured: one.limit, options: one.options}));
  const used = backend.residents.reduce((sum, one) => sum + one.bytes, 0);
  if (backend.memory_bytes && used) figures.unshift(`${bytes(used)} of ${bytes(backend.memory_bytes)} in use`);
  const waiting = backend.plan ? state.models.get(backend.plan.model)?.waiting_for_swap ?? 0 : 0;
  return {url: backend.url, state: backend.state, healthy: backend.healthy, active: backend.active_requests, slots: backend.slots, reason: backend.reason,
    memory: backend.memory_bytes, places: backend.max_loaded, observed: backend.observed, residents, next: backend.plan?.model ?? null, waiting, loaded: backend.loaded, figures: figures.join(", ")};
}

/** How much of a bar a model takes: its part of the memory, or one of the places if only their number is known. */
function share(backend, size) {
  if (backend.places && !backend.memory) return 1;
  // Of unknown size: as large as a small model.
  return Math.max(1, Math.round((size || 2 ** 31) / 2 ** 28));
}

/** What is left of a bar; 0 if nothing is, or if nobody knows how large the whole is. */
function freeShare(backend) {
  const whole = backend.memory ? share(backend, backend.memory) : backend.places ?? 0;
  return Math.max(0, whole - backend.residents.reduce((sum, one) => sum + share(backend, one.bytes), 0));
}

/** The memory of a backend as one bar with its loaded models, or these alone if nobody knows how large it is. */
function machineBar(backend) {
  const parts = backend.residents.map((one) => {
    const requests = one.limit === null ? "" : ` ${count(one.active)} / ${count(one.limit)}`;
    const part = make("li", {class: one.state, title: [one.model, one.options, bytes(one.bytes || null)].filter(Boolean).join(", ")},
      make("bdi", {}, one.model), make("span", {}, one.state === "loaded" ? requests : ` ${one.state}${requests}`));
    part.style.flexGrow = String(share(backend, one.bytes));
    return part;
  });
  const free = freeShare(backend);
  if (free) {
    const part = make("li", {class: "free"}, backend.memory ? "free" : `room for ${count(free)}`);
    part.style.flexGrow = String(free);
    parts.push(part);
  }
  if (backend.next) {
    const waiting = backend.waiting ? `, ${count(backend.waiting)} waiting` : "";
    parts.push(make("li", {class: "next"}, make("bdi", {}, backend.next), make("span", {}, ` next${waiting}`)));
  }
  return make("ul", {class: "machine", "aria-label": `Loaded on ${backend.url}`}, ...parts);
}

function renderBackends() {
  renderList(find("backends"), state.backends.map(shownBackend), (backend) => {
    const kind = !backend.healthy ? "bad" : backend.reason ? "warn" : "good";
    const active = `${count(backend.active)}${backend.slots ? ` of ${count(backend.slots)}` : ""} active`;
    const trouble = backend.reason ? `${troubles[backend.reason] ?? backend.reason}, ` : "";
    const row = make("div", {class: `row ${kind}`}, make("span", {class: "dot"}), make("strong", {}, backend.url),
      make("span", {}, backend.healthy ? trouble + active : "does not answer"),
      backend.state === "open" ? "" : make("span", {}, backend.state));
    const loaded = backend.loaded;
    const lines = loaded?.map((model) => make("div", {class: "row quiet"}, make("bdi", {}, model.name), make("span", {}, loadedText(model)))) ?? [];
    if (backend.healthy && !loaded?.length && !backend.residents.length) lines.push(make("div", {class: "quiet"}, loaded ? "No model is loaded." : "Asking what is loaded…"));
    if (backend.residents.length || backend.next) lines.unshift(machineBar(backend));
    if (backend.figures) lines.push(make("div", {class: "quiet"}, backend.figures));
    return make("li", {}, row, ...lines);
  });
}

function loadedText(model) {
  const parts = [bytes(model.size_bytes)];
  if (model.size_bytes && model.gpu_bytes !== null) parts.push(`${Math.round((100 * model.gpu_bytes) / model.size_bytes)} % on GPU`);
  const expires = new Date(model.expires ?? NaN);
  // A backend sends the year 2318 for "never".
  if (!Number.isNaN(expires.valueOf())) parts.push(expires.getFullYear() > 2200 ? "stays" : `until ${expires.toLocaleTimeString()}`);
  return parts.join(", ");
}

const reasons = {
  queue_full: "queue full",
  shutting_down: "Paddock was shutting down",
  would_time_out: "its answer would have been too late",
  timeout: "it took too long",
  backend_error: "no backend answered",
};

function renderUnserved() {
  find("unserved-empty").hidden = state.unserved.length > 0;
  // Successive entries of one kind share a line.
  const groups = [];
  for (const entry of state.unserved) {
    const last = groups.at(-1);
    const isSame = last && ["outcome", "model", "code"].every((key) => last[key] === entry[key]);
    if (isSame) last.times += 1;
    else groups.push({...entry, times: 1});
  }
  renderList(find("unserved"), groups, (entry) => {
    const outcome = entry.outcome.replaceAll("_", " ");
    const waited = entry.times === 1 && entry.waited_ms >= 1 ? ` after ${milliseconds(entry.waited_ms)} in the queue` : "";
    return make("li", {},
      make("div", {class: "row"}, make("span", {class: `tag ${entry.outcome === "rejected" ? "" : "bad"}`}, outcome),
        make("bdi", {}, entry.model ?? "unknown model"),
        ...(entry.times > 1 ? [make("span", {class: "times"}, `× ${entry.times}`)] : []),
        make("span", {class: "quiet"}, (reasons[entry.code] ?? entry.code ?? "the backend broke off") + waited),
        make("time", {class: "quiet"}, new Date(entry.time).toLocaleTimeString())));
  });
}

// MARK: Charts

const charts = {};

function buildCharts() {
  const ms = (value) => milliseconds(value);
  charts.load = new Chart(find("chart-load"), [
    {label: "Active", colour: "green", isArea: true}, {label: "Queued", colour: "amber", isDashed: true}], count);
  charts.rate = new Chart(find("chart-rate"), [
    {label: "Completed", colour: "green", isArea: true}, {label: "Not served", colour: "red", isDashed: true}], rate);
  charts.time = new Chart(find("chart-time"), [
    {label: "Wait", colour: "amber", isDashed: true}, {label: "First byte", colour: "blue"}], ms);
  charts.chunks = new Chart(find("chart-chunks"), [{label: "Chunks", colour: "blue", isArea: true}], rate);
}

function showChartOf(name) {
  view.chartModel = name;
  find("chart-model").textContent = name ?? "all models";
  find("chart-all").hidden = name === null;
  renderModels();
  refreshCharts();
}

async function refreshCharts() {
  if (document.hidden) return;
  const model = view.chartModel;
  const read = async (path) => {
    const reply = await fetch(path, {signal: AbortSignal.timeout(5000)});
    return reply.ok ? reply.json() : null;
  };
  try {
    const all = await read("dashboard/history");
    const shown = model === null ? all : await read(`dashboard/history?model=${encodeURIComponent(model)}`);
    if (all) showUnservedCount(all);
    if (shown && model === view.chartModel) showHistory(shown);
  } catch {
    // The gateway cannot be reached; the status shows it.
  }
}

function showHistory(history) {
  const perSecond = (list) => list.map((value) => value / history.interval_seconds);
  const sum = (...lists) => lists[0].map((_, index) => lists.reduce((total, list) => total + list[index], 0));
  charts.load.show(history.times, [history.active, history.queued]);
  charts.rate.show(history.times, [
    perSecond(history.completed), perSecond(sum(history.rejected, history.failed, history.timed_out, history.would_time_out))]);
  charts.time.show(history.times, [history.wait_ms, history.first_byte_ms]);
  charts.chunks.show(history.times, [perSecond(history.chunks)]);
}

function showUnservedCount(history) {
  const sum = (list) => list.reduce((total, value) => total + value, 0);
  const parts = [["rejected", history.rejected], ["too late", history.would_time_out], ["timed out", history.timed_out],
    ["failed", history.failed]]
    .map(([word, list]) => [word, sum(list)]).filter(([, number]) => number > 0);
  setText(find("sum-unserved"), count(parts.reduce((total, [, number]) => total + number, 0)));
  setText(find("sum-unserved-note"), parts.map(([word, number]) => `${count(number)} ${word}`).join(", ") || "in 15 minutes");
}

// MARK: Changing limits

async function openLimits(name) {
  const model = state.models.get(name);
  if (!model) return;
  const [parallel, queue] = [find("limits-parallel"), find("limits-queue")];
  find("limits-model").textContent = name;
  parallel.value = model.parallel_limit;
  queue.value = model.queue_limit;
  find("limits-reset").onclick = async () => {
    try {
      await change(`admin/queue/reset?model=${encodeURIComponent(name)}`);
      find("limits").close();
      say(`The statistics of ${name} were reset.`);
    } catch (error) {
      find("limits").querySelector(".problem").textContent = error.message;
    }
  };
  const isDone = await ask(find("limits"), () => change("admin/queue/update", {
    model: name, parallel_limit: Number(parallel.value), queue_limit: Number(queue.value)}));
  if (isDone) say(`The limits of ${name} are ${parallel.value} active and ${queue.value} waiting.`);
}

// MARK: The start

buildHead();
buildCharts();
find("filter").addEventListener("input", (event) => {
  Object.assign(view, {filter: event.target.value.trim(), page: 0});
  renderModels();
});
find("page-back").addEventListener("click", () => { view.page -= 1; renderModels(); });
find("page-on").addEventListener("click", () => { view.page += 1; renderModels(); });
find("chart-all").addEventListener("click", () => showChartOf(null));
find("reset-all").addEventListener("click", async () => {
  if (await ask(find("confirm"), () => change("admin/queue/reset"))) say("The statistics of all models were reset.");
});
document.addEventListener("visibilitychange", refreshCharts);
setInterval(showStatus, 1000);
setInterval(refreshCharts, 5000);
connect();
refreshCharts();
