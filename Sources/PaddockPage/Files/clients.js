// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #clients: what each client gets beside its fair share, and what it may; #clients/NAME is one of them.

import {heading, replaceHash} from "./app.js";
import {p50p90} from "./history.js";
import {quotaBars} from "./quotas.js";
import {access, change, confirmed, openDialog, poll, read, refused, say, toSignIn} from "./signin.js";
import {brief, filterField, linkTo, made, Table} from "./table.js";
import {button, card, count, facts, hashOf, link, make, meter, momentOf, named, patch, percent, plural, setText} from "./tools.js";

const asked = 500;
let parts = null;
let name = "";
let filter = "";
let news = null;
/** The clients that were made here; null if they have to be read. */
let keys = null;

const unserved = (row) => row.rejected + row.failed + row.timed_out + row.would_time_out;
const isGreedy = (row) => row.fair_share != null && row.share > 1.5 * row.fair_share;

const columns = [
  {key: "client", label: "Client", ...linkTo("client", (client) => hashOf("clients", client))},
  {key: "standing", label: "Standing", ...brief(standingOf)},
  {key: "running", label: "Running", value: (row) => row.running, isNumber: true},
  {key: "waiting", label: "Waiting", value: (row) => row.waiting, isNumber: true},
  {key: "share", label: "Share / fair", hint: "Of the machine in the last 5 minutes, and what its weight would give it", isNumber: true,
    ...made((row) => `${percent(row.share)} / ${percent(row.fair_share)}`, (row, text) => make("span", {class: "gauge"}, make("span", {}, text), meter(row.share ?? 0, isGreedy(row) ? "amber" : ""))), value: (row) => row.share},
  {key: "wait", label: "Wait", hint: "Wait for a slot, p50 / p90 of the last 5 minutes", value: (row) => row.wait_ms_p90, text: (_, row) => p50p90(row, "wait_ms"), isNumber: true},
  {key: "requests", label: "Requests", value: (row) => row.requests, isNumber: true, place: "wide"},
  {key: "unserved", label: "Not served", hint: "Rejected, too late, timed out or failed", value: unserved, isNumber: true, isBad: true},
  {key: "refused", label: "Refused", hint: "By a quota, or as they were wrong", value: (row) => row.refused, isNumber: true, isBad: true},
  {key: "tokens", label: "Tokens", hint: "Of its answers", value: (row) => row.tokens_out, isNumber: true, place: "wide"},
  {key: "last", label: "Last request", place: "wide", ...made((row) => row.last_request, (_, last) => momentOf(last))},
];

/** What is special about a client. */
function standingOf(row) {
  return [row.paused && "paused", row.cap != null && `at most ${count(row.cap)}`, row.class === "batch" && "batch", row.weight !== 1 && `weight ${row.weight}`].filter(Boolean).join(", ") || "–";
}

export const view = {
  show(root, route) {
    name = route.name;
    keys = null;
    filter = route.query.get("filter") ?? "";
    parts = {root: make("div", {class: "view"}), count: make("small"), note: make("p", {class: "note"})};
    root.append(parts.root);
    if (!access.isViewer) {
      heading("Clients");
      parts.root.replaceChildren(toSignIn(parts.note));
    } else if (name) {
      heading([link("#clients", "Clients"), " › ", named(name)], link(hashOf("requests", "", {client: name}), "Its requests"));
    } else {
      const keep = () => replaceHash("clients", "", {filter, sort: parts.table.sort.key, order: parts.table.sort.key && !parts.table.sort.isDescending ? "up" : ""});
      parts.table = new Table({columns, key: (row) => row.client, label: "Clients", onSort: keep, sort: {key: route.query.get("sort") ?? "", isDescending: route.query.get("order") !== "up"},
        order: () => 0, empty: "No client has sent a request yet."});
      heading(["Clients ", parts.count], parts.table.sorter, access.isAdmin && button("Make a key…", makeKey), filterField("Filter clients by name", filter, (text) => {
        filter = text;
        keep();
        news.again();
      }));
      parts.addresses = make("ul", {class: "list"});
      parts.root.append(parts.table.element, parts.note, card("Connections by address", null, parts.addresses));
    }
    news = poll(2, ask, take, (error) => parts.root.replaceChildren(refused(error)));
  },

  hide() { news.end(); },
};

async function ask() {
  const reply = await read(name && access.isViewer ? `queue/clients?client=${encodeURIComponent(name)}` : `queue/clients?limit=${asked}`);
  // Keys change by what is done here, or seldom.
  if (name && access.isViewer) keys ??= (await read("admin/keys").catch(() => ({keys: []}))).keys;
  const {addresses} = name || !access.isViewer ? {} : await read("queue/connections?limit=10").catch(() => ({addresses: []}));
  return {...reply, addresses};
}

function take({total, clients, addresses}) {
  if (!access.isViewer) return setText(parts.note, `${plural(total, "client")} known.`);
  if (name) return showOne(clients[0], keys?.find((one) => one.name === name) ?? null);
  const words = filter.toLowerCase();
  const rows = clients.filter((row) => row.client.toLowerCase().includes(words));
  parts.table.update(rows, {isSteady: true, empty: clients.length ? "No client has such a name." : undefined});
  setText(parts.count, rows.length === total ? count(total) : `${count(rows.length)} of ${count(total)}`);
  patch(parts.addresses, addresses.map(({oldest_ms, ...row}) => row), (list) => list.map((row) => make("li", {}, make("div", {class: "row"}, link(hashOf("clients", row.address), named(row.address)),
    make("span", {class: "quiet"}, `${plural(row.connections, "connection")}: ${count(row.active)} active, ${count(row.waiting)} waiting, ${count(row.idle)} idle, ${count(row.not_reading)} not reading`)))));
  setText(parts.note, total > asked ? `These are the ${count(asked)} busiest.` : "");
}

function showOne(row, key) {
  // Times that pass are not a reason to draw it anew.
  patch(parts.root, [row, key, access.isAdmin], () => {
    if (!row) return [make("p", {class: "notice"}, "No client of this name is known.")];
    const act = (text, dialog) => button(text, async () => {
      await confirmed(dialog);
      again();
    });
    const shown = named(row.client);
    const run = access.isAdmin && [
      row.paused ? act("Resume…", {title: ["Let ", shown, " go on?"], action: "Resume", path: "admin/clients/resume", body: {client: row.client}, done: `${row.client} goes on.`})
        : act("Pause…", {title: ["Pause ", shown, "?"], text: "Nothing of it starts any more. What runs goes on, and what waits keeps its place until its deadline.", action: "Pause", isDanger: true, path: "admin/clients/pause", body: {client: row.client}, done: `${row.client} is paused.`}),
      button("Cap…", () => cap(row)),
    ];
    const keyTools = access.isAdmin && key && [button("Rotate…", () => rotate(row.client)),
      act("Revoke…", {title: ["Revoke the keys of ", shown, "?"], text: "They count no more, at once. Its requests under way go on, its usage stays.", action: "Revoke", isDanger: true, path: "admin/keys/revoke", body: {name: row.client}, done: `The keys of ${row.client} are revoked.`})];
    return [make("div", {class: "columns"},
      card("Now", run, facts([["Standing", standingOf(row)], ["Running", count(row.running)], ["Waiting", count(row.waiting)],
        ["Share of the last 5 minutes", percent(row.share)], ["Fair share", percent(row.fair_share)], ["Wait p50 / p90", p50p90(row, "wait_ms")],
        row.connections != null && ["Connections", count(row.connections)], ["Last request", momentOf(row.last_request)]])),
      card("Since the start", null, facts([["Requests", count(row.requests)], ["Completed", count(row.completed)], ["With 400 or above", count(row.error_replies)], ["Rejected", count(row.rejected)],
        ["Failed", count(row.failed)], ["Timed out", count(row.timed_out)], ["Too late", count(row.would_time_out)], ["Cancelled", count(row.cancelled)], ["Refused", count(row.refused)],
        ["Tokens of prompts", count(row.tokens_in)], ["Tokens of answers", count(row.tokens_out)]])),
      row.quota && card("Quota", null, ...quotaBars(row.quota)),
      (key || row.key_last_used) && card("Key", keyTools, facts([["Last used", momentOf(key?.last_used ?? row.key_last_used)], key && ["Made", momentOf(key.created)], key?.expires && ["Last day", key.expires],
        key?.old_key_until && ["Older keys until", momentOf(key.old_key_until)], key?.models && ["Models", key.models.join(", ")], ["Kept in", key && !key.declared_in_file ? "the store" : "the configuration"]])))];
  });
}

async function cap(row) {
  const isDone = await openDialog({title: ["Cap ", named(row.client)], fields: [{name: "parallel", label: "At most so many of its requests run at once", type: "number", min: 1, max: 10000, value: row.cap ?? ""}],
    note: "Empty is no cap. What runs goes on.", action: "Set", submit: ({parallel}) => change("admin/clients/cap", {client: row.client, parallel: parallel === "" ? null : parallel})});
  if (isDone) say(`The cap of ${row.client} is set.`);
  news.again();
}

function again() {
  keys = null;
  news.again();
}

/** Shows a key, which nobody can see again. */
const showKey = (client, key) => openDialog({title: ["The key of ", named(client)], text: make("code", {class: "key"}, key), note: "It is shown this once. Keep it where its client finds it.", action: "Copy it", submit: () => navigator.clipboard.writeText(key)});

async function makeKey() {
  let made = null;
  await openDialog({title: "Make a client with a key", fields: [{name: "name", label: "Name", required: true, maxlength: 64, pattern: "[A-Za-z0-9._\\-]+", autocomplete: "off"}], action: "Make it",
    note: "Its limits, its weight and its models: paddock keys set.", submit: async ({name: client}) => (made = await change("admin/keys/add", {name: client}))});
  if (made) await showKey(made.name, made.key);
  again();
}

async function rotate(client) {
  let made = null;
  await openDialog({title: ["Make another key for ", named(client), "?"], text: "The one that it has is good for another day.", action: "Rotate", submit: async () => (made = await change("admin/keys/rotate", {name: client}))});
  if (made) await showKey(client, made.key);
  again();
}
