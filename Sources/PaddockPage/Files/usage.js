// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #usage: who used what, by day, model and client. Its state is in the address, so that it can be kept and sent.

import {replaceHash} from "./app.js";
import {DayChart} from "./charts.js";
import {quotaBars, usedOf} from "./quotas.js";
import {download, poll, read, refusal, refused, say, send} from "./signin.js";
import {choice, Table} from "./table.js";
import {button, card, count, hashOf, make, milliseconds, named, setText, short} from "./tools.js";

const most = 200;
const dayText = (date) => date.toISOString().slice(0, 10);
const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text ?? "") && !Number.isNaN(Date.parse(text));
const dayAfter = (day, days) => dayText(new Date(Date.parse(day) + days * 86400000));
const duration = (seconds) => milliseconds(1000 * seconds);

const numbers = [
  {key: "requests", label: "Requests", value: (row) => row.requests},
  {key: "completed", label: "Completed", value: (row) => row.completed},
  {key: "unserved", label: "Not served", hint: "Rejected, or would have been answered too late", value: (row) => row.rejected + row.would_time_out},
  {key: "failed", label: "Failed", hint: "Failed or timed out", value: (row) => row.failed + row.timed_out},
  {key: "cancelled", label: "Cancelled", hint: "Ended by their client or an admin", value: (row) => row.cancelled, place: "wide"},
  {key: "tokens_in", label: "Tokens in", hint: "Tokens of prompts", value: (row) => row.tokens_in},
  {key: "tokens_out", label: "Tokens out", hint: "Tokens of answers", value: (row) => row.tokens_out},
  {key: "slot", label: "Slot time", hint: "How long requests held a slot", value: (row) => row.slot_seconds, text: duration},
  {key: "wait", label: "Mean wait", hint: "Mean wait of a request, with or without a slot in the end", value: (row) => (row.requests ? (1000 * row.wait_seconds) / row.requests : 0), text: milliseconds, place: "wide"},
].map((column) => ({...column, isNumber: true}));

function columnsOf(by) {
  const labels = {model: "Model", client: "Client"};
  return [...by.split(",").map((key) => ({key, label: labels[key], value: (row) => row[key]})), ...numbers];
}

/** What is asked for: `days` until today, or from a first to a last day; `by` and the order of the table. */
let asked = {};
let figures = null;
let parts = {};

function range() {
  if (asked.days === null) return [asked.from, asked.to];
  const today = dayText(new Date());
  return [dayAfter(today, 1 - asked.days), today];
}

const query = () => ({...(asked.days === null ? {from: asked.from, to: asked.to} : {days: asked.days}), by: asked.by, sort: asked.sort.key, order: asked.sort.isDescending ? "" : "up"});
const go = (changes) => {
  Object.assign(asked, changes);
  location.hash = hashOf("usage", "", query());
};

export const view = {
  show(root, route) {
    const value = (key) => route.query.get(key);
    const isRange = isDay(value("from")) && isDay(value("to"));
    const days = isRange ? null : [7, 30, 90].includes(Number(value("days"))) ? Number(value("days")) : 30;
    const by = ["model", "client", "client,model"].includes(value("by")) ? value("by") : "model";
    const key = columnsOf(by).some((one) => one.key === value("sort")) ? value("sort") : "requests";
    asked = {days, from: value("from"), to: value("to"), by, sort: {key, isDescending: value("order") !== "up"}};
    build(root);
    figures = poll(60, ask, show, (error) => {
      parts.refusal.replaceChildren(refused(error));
      parts.all.hidden = true;
      setText(parts.range, "");
    });
  },

  hide() { figures.end(); },
};

function build(root) {
  const [from, to] = range();
  const dayField = (key, label, value) => {
    const input = make("input", {type: "date", value, id: `usage-${key}`});
    input.addEventListener("change", () => {
      const days = {from: parts.from.value, to: parts.to.value};
      if (isDay(days.from) && isDay(days.to)) go({days: null, ...days});
    });
    parts[key] = input;
    return make("label", {}, label, input);
  };
  parts = {refusal: make("div"), range: make("small", {id: "usage-range"}), count: make("small"), quotas: make("ul", {class: "list", id: "quotas"})};
  const by = choice("Rows", {model: "by model", client: "by client", "client,model": "by client and model"}, asked.by, (value) => go({by: value}), {id: "usage-by"});
  parts.requests = new DayChart("Requests by day", [{label: "Completed", colour: "green", isArea: true}, {label: "Others", colour: "red", isArea: true}], short);
  parts.tokens = new DayChart("Tokens by day", [{label: "Prompts", colour: "blue", isArea: true}, {label: "Answers", colour: "amber", isArea: true}], short);
  parts.table = new Table({columns: columnsOf(asked.by), key: (row) => `${row.client} ${row.model}`, sort: asked.sort, label: "Usage", empty: "No request has ended in this time.",
    onSort(key, isDescending) {
      asked.sort = {key, isDescending};
      replaceHash("usage", "", query());
    }});
  parts.all = make("div", {class: "view", hidden: true},
    make("div", {class: "grid"}, parts.requests.element, parts.tokens.element),
    make("div", {class: "columns main-and-side"},
      card(["Who used what ", parts.count], [by, parts.table.sorter, button("Download CSV", save, {id: "usage-csv"})], parts.table.element),
      card("Quotas of clients", null, parts.quotas)));
  root.append(make("div", {class: "title"}, parts.range, make("div", {class: "tools", role: "group", "aria-label": "Days, UTC"},
    ...[7, 30, 90].map((days) => button(`${days} days`, () => go({days}), {"data-days": days, "aria-pressed": String(days === asked.days)})),
    dayField("from", "From ", from), dayField("to", "to ", to))), parts.refusal, parts.all);
}

async function ask() {
  const [from, to] = range();
  if (from > to) throw new Error("The first day is after the last one.");
  const time = `from=${from}&to=${to}`;
  return [from, to, ...await Promise.all([read(`admin/usage?${time}&by=day`), read(`admin/usage?${time}&by=${asked.by}`), read("admin/quotas")])];
}

function show([from, to, byDay, rows, quotas]) {
  parts.refusal.replaceChildren();
  parts.all.hidden = false;
  showDays(from, to, byDay.usage);
  parts.table.update(rows.usage);
  setText(parts.count, count(rows.usage.length));
  showQuotas(quotas.quotas);
}

function showDays(from, to, rows) {
  const days = [];
  for (let day = from; day <= to && days.length < 5000; day = dayAfter(day, 1)) days.push(day);
  const known = new Map(rows.map((row) => [row.day, row]));
  const series = (value) => days.map((day) => (known.has(day) ? value(known.get(day)) : 0));
  parts.requests.show(days, [series((row) => row.completed), series((row) => row.requests - row.completed)]);
  parts.tokens.show(days, [series((row) => row.tokens_in), series((row) => row.tokens_out)]);
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  setText(parts.range, `${from} to ${to}, UTC: ${count(sum("requests"))} requests, `
    + `${count(sum("tokens_in") + sum("tokens_out"))} tokens, ${duration(sum("slot_seconds"))} of slot time`);
}

function showQuotas(quotas) {
  const sorted = quotas.map((quota) => ({quota, used: usedOf(quota)})).sort((a, b) => b.used - a.used).slice(0, most);
  parts.quotas.replaceChildren(...(sorted.length ? sorted.map(({quota}) => make("li", {}, named(quota.client), ...quotaBars(quota)))
    : [make("li", {class: "quiet"}, "No client has a quota. ", make("code", {}, "paddock keys add NAME --tokens-per-day 1000000"), " makes one.")]));
}

async function save() {
  const [from, to] = range();
  try {
    const reply = await send(`admin/usage?from=${from}&to=${to}&by=${asked.by}&format=csv`);
    if (!reply.ok) throw await refusal(reply);
    download(await reply.blob(), `paddock-usage-${from}-${to}-by-${asked.by.replace(",", "-")}.csv`);
  } catch (error) {
    say(error.message);
  }
}
