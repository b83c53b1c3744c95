// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #events: what changed, who did it, and what failed.

import {heading, replaceHash} from "./app.js";
import {access, confirmed} from "./signin.js";
import {choice, filterField} from "./table.js";
import {button, count, hashOf, link, make, momentOf, named, patch, setText} from "./tools.js";

let parts = null;
let asked = {};

/** What an event may be about, and where that is shown. */
const subjects = {
  model: (name) => hashOf("models", name), backend: () => "#fleet", client: (name) => hashOf("clients", name), request: () => "#requests", batch: () => "#batches", setting: null, member: null,
};
const words = (kind) => kind.replaceAll("_", " ");

export const view = {
  show(root, {query}) {
    asked = {kind: query.get("kind") ?? "", filter: query.get("filter") ?? ""};
    const set = (key) => (value) => {
      asked[key] = value;
      replaceHash("events", "", asked);
      view.again?.();
    };
    parts = {count: make("small"), kinds: make("span"), list: make("ul", {class: "list long", "aria-label": "Events, the last one first"}), set};
    heading(["Events ", parts.count], parts.kinds, filterField("Filter by model, backend, client or who", asked.filter, set("filter")));
    root.append(make("section", {class: "card"}, parts.list));
    if (!access.isViewer) root.append(make("p", {class: "note"}, "Who did it, and how it was before, is for those who sign in."));
  },

  update(state) {
    view.again = () => view.update(state);
    const all = Object.entries(state.events ?? {}).sort(([a], [b]) => b - a).map(([, event]) => event);
    const kinds = [...new Set([asked.kind, ...all.map((event) => event.kind)])].filter(Boolean).sort();
    patch(parts.kinds, kinds, () => [choice("Kind", {"": "All kinds", trouble: "Trouble only", ...Object.fromEntries(kinds.filter((kind) => kind !== "trouble").map((kind) => [kind, words(kind)]))}, asked.kind, parts.set("kind"))]);
    const text = asked.filter.toLowerCase();
    const shown = all.filter((event) => (!asked.kind || event.kind === asked.kind || (asked.kind === "trouble" && event.trouble))
      && (!text || Object.values(event).some((value) => String(value).toLowerCase().includes(text))));
    setText(parts.count, shown.length === all.length ? count(all.length) : `${count(shown.length)} of ${count(all.length)}`);
    patch(parts.list, [access.isAdmin, shown], () => (shown.length ? shown.map(makeEvent) : [make("li", {class: "quiet"}, all.length ? "Nothing of that kind has happened." : "Nothing has happened yet.")]));
  },

  hide() { view.again = null; },
};

function makeEvent(event) {
  const key = Object.keys(subjects).find((one) => event[one] !== undefined);
  const hash = key && subjects[key]?.(event[key]);
  const what = [event.before !== undefined && event.after !== undefined ? `${event.before} → ${event.after}` : event.before ?? event.after, event.changed && `changed: ${event.changed}`,
    event.active !== undefined && `${count(Number(event.active))} active`, event.reason].filter(Boolean).join("; ");
  const who = [event.by && {token: "with the admin token", local: "on this machine"}[event.by] || event.by, event.address && `from ${event.address}`, event.tool && `by ${event.tool}`, event.gateway && `at ${event.gateway}`].filter(Boolean).join(" ");
  const back = access.isAdmin && event.kind === "limits_set" && /^(\d+) at once, (\d+) may wait$/.exec(event.before ?? "");
  return make("li", {},
    make("div", {class: "row"}, make("span", {class: `tag ${event.trouble ? "warn" : ""}`}, words(event.kind)), key && (hash ? link(hash, named(event[key])) : named(event[key])),
      back && button("Set back…", () => setBack(event, back), {"aria-label": `Set the limits of ${event.model} back`}), make("span", {class: "quiet"}, momentOf(event.time))),
    what && make("div", {class: "clamp", title: what}, what), who && make("div", {class: "quiet clamp", title: who}, who));
}

const setBack = (event, [before, parallel, queue]) => confirmed({title: ["Set ", named(event.model), " back?"], text: `Its limits are what they were before this: ${before}.`, action: "Set back",
  path: "admin/queue/update", body: {model: event.model, parallel_limit: Number(parallel), queue_limit: Number(queue)}, done: `${event.model} has its limits back.`});
