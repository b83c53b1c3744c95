// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The frame: which view is shown, the news of the gateway, and what the head of the page says.
//
// A view is a module of its own that exports `view`:
//   title         what the navigation and the tab call it
//   show(root, route)    builds itself in an empty element; route is {view, name, query}, as in `#view/name?query`
//   update(state)        after each event of the gateway for this view
//   hide()               ends what it has begun (timers)
// `update` and `hide` may be missing. A change of the address, and signing in or out, shows the view anew, but for `replaceHash`.

import {access, findRole, refused, refusal, send} from "./signin.js";
import {find, hashOf, make, moment, plural, setText} from "./tools.js";

const names = ["overview", "models", "fleet", "requests", "clients", "usage", "batches", "events"];
const titles = {overview: "Overview", models: "Models", fleet: "Fleet", requests: "Requests", clients: "Clients", usage: "Usage", batches: "Batches", events: "Events"};

const staleAfter = 4000;
const giveUpAfter = 15000;
const retryAfter = 2000;

/** The news of the gateway: the members of its events, `models` as a map by name, `backends` as a list. */
export let state = {models: new Map(), backends: []};
/** The events together, and the view that they are for. */
let news = null;

/** What is shown: the view's module, and its route. */
let shown = null;
let route = {view: "overview", name: "", query: new URLSearchParams()};
let showing = 0;
/** How often the module of a view could not be fetched: a browser may remember that of an address. */
const failures = {};

// MARK: Views

function routeOf(hash) {
  const [path, query] = hash.slice(1).split("?", 2);
  const slash = path.indexOf("/");
  const view = slash < 0 ? path : path.slice(0, slash);
  let name = slash < 0 ? "" : path.slice(slash + 1);
  try {
    name = decodeURIComponent(name);
  } catch {
    // A % that belongs to the name.
  }
  return {view: names.includes(view) ? view : "overview", name, query: new URLSearchParams(query ?? "")};
}

/** Changes the address without showing the view anew. */
export function replaceHash(view, name, query) {
  history.replaceState(null, "", hashOf(view, name, query));
  route = routeOf(location.hash);
}

/** The module of a view, or one that says that it could not be fetched. */
async function moduleOf(name) {
  try {
    return (await import(`./${name}.js${failures[name] ? `?${failures[name]}` : ""}`)).view;
  } catch {
    failures[name] = (failures[name] ?? 0) + 1;
    return {isMissing: true, show: (root) => root.append(refused(new Error("The gateway does not answer. This view is shown once it does.")))};
  }
}

async function showView() {
  const next = routeOf(location.hash);
  const isOther = next.view !== route.view;
  const asked = ++showing;
  const view = await moduleOf(next.view);
  if (asked !== showing) return;
  shown?.hide?.();
  shown = null;
  route = next;
  for (const one of find("views").children) {
    if (one.dataset.view === next.view) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  heading(titles[next.view]);
  const root = make("div", {id: "view", class: `view ${next.view}`});
  find("view").replaceWith(root);
  view.show(root, next);
  shown = view;
  updateView();
  showStatus();
  if (isOther && stream) {
    scrollTo(0, 0);
    follow();
  }
}

/** Sets the heading of the page, and what stands at its right. */
export function heading(title, ...tools) {
  find("heading").replaceChildren(...[title].flat(), ...(tools.some(Boolean) ? [make("span", {class: "tools"}, ...tools)] : []));
}

// MARK: The stream of news

let stream = null;
let heard = 0;
let tried = 0;
let trouble = null;

/** Follows the events of the view that is shown, until the next call. */
async function follow() {
  stream?.abort();
  const own = (stream = new AbortController());
  const {view} = route;
  tried = performance.now();
  try {
    const reply = await send(`dashboard/events?view=${view === "usage" ? "batches" : view}`, {signal: own.signal});
    if (!reply.ok) throw await refusal(reply);
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const {value, done} = await reader.read();
      if (done) break;
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) take(event, view);
    }
  } catch (error) {
    if (own.signal.aborted) return;
    // 401: the dashboard is for those who sign in; 503: too many follow it.
    const isNew = trouble?.status !== error.status;
    trouble = error.status ? error : null;
    if (trouble?.status === 401 && isNew) find("view").replaceChildren(refused(trouble));
  }
  showStatus();
  await new Promise((resolve) => setTimeout(resolve, retryAfter));
  if (own === stream && !own.signal.aborted) follow();
}

/** What an object is after a merge patch (RFC 7386); objects that the patch does not name stay the same ones. */
function merge(old, patch) {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  // A model may be called __proto__.
  const merged = Object.assign(Object.create(null), typeof old === "object" ? old : null);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

function take(event, view) {
  const [, name, text] = /^event: (\w+)\ndata: (.*)/s.exec(event) ?? [];
  if (name !== "state" && name !== "change") return;
  const isWhole = name === "state";
  if (!isWhole && news?.view !== view) return;
  const document = isWhole ? JSON.parse(text) : merge(news.document, JSON.parse(text));
  news = {view, document};
  heard = performance.now();
  trouble = null;
  const {stats = {}, backends = []} = document;
  state = {...document, models: new Map(Object.entries(stats.models ?? {})), backends: Object.values(backends)};
  setText(find("version"), state.version ?? "");
  showMissing(state.members);
  // It answers again, or at last.
  if (isWhole && shown?.isMissing) showView();
  if (isWhole && !access.isKnown) findRole().then(showView, () => {});
  updateView();
  showStatus();
}

/** Says whose requests are not in what is shown, or not as they are now: of other members of the cluster. */
function showMissing({missing = [], last_known: known = {}} = {}) {
  find("missing").hidden = !missing.length;
  setText(find("missing"), missing.map((name) => `${name} does not answer: ${known[name] ? `this shows what it did at ${moment(known[name])}.` : "what it does is not in this."}`).join(" "));
}

/** Gives a view its news: none that are for another one. */
function updateView() {
  if (shown && news?.view === route.view) shown.update?.(state);
}

// MARK: What the page says of the gateway

/** How the gateway is, in a few words, with a kind for the colour. */
function status() {
  const age = performance.now() - heard;
  if (trouble?.status === 401) return {kind: "warn", text: "Sign in to see it", title: "Sign in"};
  if (!news) return {kind: "warn", text: trouble?.message ?? "Connecting…", title: ""};
  if (age > staleAfter) return {kind: "bad", isStale: true, text: `Stale: ${trouble?.message ?? "no news, connecting again…"}`, age, title: "Stale"};
  const {troubles_total: troubles, troubles_critical: critical} = state;
  if (state.status === "draining") return {kind: "warn", text: "Shutting down", title: "Shutting down"};
  if (troubles) return {kind: critical ? "bad" : "warn", text: plural(troubles, "problem"), title: plural(troubles, "problem")};
  return {kind: "good", text: "Live", title: ""};
}

const colours = {good: "%232f7d4f", warn: "%23a36100", bad: "%23b3362d"};

function showStatus() {
  const now = status();
  const pill = find("status");
  if (pill.dataset.kind !== now.kind) {
    pill.dataset.kind = now.kind;
    pill.className = `pill ${now.kind}`;
    find("icon").href = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M2 4v9M8 4v9M14 4v9M1 6h14M1 10h14' "
      + `stroke='${colours[now.kind]}' stroke-width='1.6' fill='none' stroke-linecap='round'/%3E%3C/svg%3E`;
  }
  setText(find("status-text"), now.text + (now.isStale ? ` (${Math.round(now.age / 1000)} s)` : ""));
  // Spoken without the age, so only if it is another state.
  setText(find("spoken"), now.text);
  document.body.classList.toggle("stale", now.isStale ?? false);
  const place = [route.name, titles[route.view]].filter(Boolean).join(" · ");
  const title = `${now.title && `(${now.title}) `}${place} · Paddock`;
  if (document.title !== title) document.title = title;
  // A connection that is silent for this long is dead, even without an error.
  if (now.isStale && performance.now() - Math.max(heard, tried) > giveUpAfter) follow();
}

// MARK: The start

find("views").append(...names.map((name) => make("a", {href: `#${name}`, "data-view": name}, titles[name])));
find("skip").addEventListener("click", (event) => {
  event.preventDefault();
  find("main").focus();
});
addEventListener("hashchange", async () => {
  await showView();
  find("main").focus({preventScroll: true});
});
document.addEventListener("access", () => {
  trouble = null;
  follow();
  showView();
});
// A page that the browser keeps for the way back would keep one of its few connections, too.
addEventListener("pagehide", () => stream?.abort());
addEventListener("pageshow", (event) => { if (event.persisted) follow(); });
setInterval(showStatus, 1000);
// Fetched while the role is asked for.
const start = moduleOf(routeOf(location.hash).view);
findRole().catch(() => {}).then(() => start).then(showView).then(follow);
