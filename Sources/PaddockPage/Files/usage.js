// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

"use strict";

// The view at #usage: who used what, by day, model and client. Its state is in the address, so that it can be kept and sent.

const usageRowsShown = 200;

const usage = {
  /** The days: a number of them that ends today, or the first and the last one. */
  days: 30,
  from: "",
  to: "",
  by: "model",
  sort: {key: "requests", isDescending: true},
  rows: [],
  charts: null,
  table: null,
  /** The question that was asked last: older answers that come late are dropped. */
  asked: 0,
  timer: 0,
};

const dayText = (date) => date.toISOString().slice(0, 10);
const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text ?? "") && !Number.isNaN(Date.parse(text));
const dayAfter = (day, days) => dayText(new Date(Date.parse(day) + days * 86400000));

function duration(seconds) {
  if (seconds < 60) return milliseconds(seconds * 1000);
  if (seconds < 3600) return `${(seconds / 60).toFixed(1)} min`;
  return `${(seconds / 3600).toLocaleString("en", {maximumFractionDigits: 1})} h`;
}

/** Large numbers on a chart. */
function short(value) {
  const unit = [[1e9, "G"], [1e6, "M"], [1e3, "k"]].find(([size]) => value >= size * 10);
  return unit ? `${(value / unit[0]).toLocaleString("en", {maximumFractionDigits: 1})}${unit[1]}` : count(value);
}

const usageNumbers = [
  {key: "requests", label: "Requests", value: (row) => row.requests},
  {key: "completed", label: "Completed", value: (row) => row.completed},
  {key: "unserved", label: "Not served", hint: "Rejected, or would have been answered too late", value: (row) => row.rejected + row.would_time_out},
  {key: "failed", label: "Failed", hint: "Failed or timed out", value: (row) => row.failed + row.timed_out},
  {key: "cancelled", label: "Cancelled", hint: "Ended by their client or an admin", value: (row) => row.cancelled},
  {key: "tokens_in", label: "Tokens in", hint: "Tokens of prompts", value: (row) => row.tokens_in},
  {key: "tokens_out", label: "Tokens out", hint: "Tokens of answers", value: (row) => row.tokens_out},
  {key: "slot", label: "Slot time", hint: "How long requests held a slot", value: (row) => row.slot_seconds, text: duration},
  {key: "wait", label: "Mean wait", hint: "Mean wait of a request, with or without a slot in the end", value: (row) => (row.requests ? (1000 * row.wait_seconds) / row.requests : 0), text: milliseconds},
].map((column) => ({text: count, ...column, isNumber: true}));

function usageColumns() {
  const labels = {model: "Model", client: "Client"};
  const names = usage.by.split(",").map((key) => ({key, label: labels[key], value: (row) => row[key]}));
  return [...names, ...usageNumbers];
}

/** The first and the last day. */
function usageRange() {
  if (usage.days === null) return [usage.from, usage.to];
  const today = dayText(new Date());
  return [dayAfter(today, 1 - usage.days), today];
}

/** The address of the view as it is now. */
function usageHash() {
  const {key, isDescending} = usage.sort;
  const time = usage.days === null ? `from=${usage.from}&to=${usage.to}` : `days=${usage.days}`;
  return `#usage?${time}&by=${usage.by}&sort=${key}${isDescending ? "" : "&order=up"}`;
}

const usageView = {
  title: "Usage",

  show(query) {
    const isRange = isDay(query.get("from")) && isDay(query.get("to"));
    const days = Number(query.get("days"));
    usage.days = isRange ? null : [7, 30, 90].includes(days) ? days : 30;
    if (isRange) Object.assign(usage, {from: query.get("from"), to: query.get("to")});
    usage.by = ["model", "client", "client,model"].includes(query.get("by")) ? query.get("by") : "model";
    const key = usageColumns().some((one) => one.key === query.get("sort")) ? query.get("sort") : "requests";
    usage.sort = {key, isDescending: query.get("order") !== "up"};
    const [from, to] = usageRange();
    find("usage-from").value = from;
    find("usage-to").value = to;
    find("usage-by").value = usage.by;
    for (const button of find("view-usage").querySelectorAll("[data-days]")) {
      button.setAttribute("aria-pressed", String(usage.days === Number(button.dataset.days)));
    }
    readUsage();
    clearInterval(usage.timer);
    usage.timer = setInterval(() => { if (!document.hidden) readUsage(); }, 60000);
  },

  hide() {
    usage.asked += 1;
    clearInterval(usage.timer);
  },
};

async function readUsage() {
  const asked = ++usage.asked;
  const [from, to] = usageRange();
  const time = `from=${from}&to=${to}`;
  let error = null;
  try {
    if (from > to) throw new Error("The first day is after the last one.");
    const [byDay, rows, quotas] = await Promise.all([
      readAdmin(`admin/usage?${time}&by=day`), readAdmin(`admin/usage?${time}&by=${usage.by}`), readAdmin("admin/quotas")]);
    if (asked !== usage.asked) return;
    usage.rows = rows.usage;
    showUsage(from, to, byDay.usage);
    showQuotas(quotas.quotas);
  } catch (problem) {
    if (asked !== usage.asked) return;
    error = problem;
  }
  for (const id of ["usage-charts", "usage-parts"]) find(id).hidden = error !== null;
  showRefusal(find("usage-refusal"), error, readUsage);
  if (error) setText(find("usage-range"), "");
}

function showUsage(from, to, rows) {
  const days = [];
  for (let day = from; day <= to && days.length < 5000; day = dayAfter(day, 1)) days.push(day);
  const known = new Map(rows.map((row) => [row.day, row]));
  const series = (value) => days.map((day) => (known.has(day) ? value(known.get(day)) : 0));
  usage.charts ??= {
    requests: new DayChart(find("usage-requests"), [
      {label: "Completed", colour: "green", isArea: true}, {label: "Others", colour: "red", isArea: true}], short),
    tokens: new DayChart(find("usage-tokens"), [
      {label: "Prompts", colour: "blue", isArea: true}, {label: "Answers", colour: "amber", isArea: true}], short),
  };
  usage.charts.requests.show(days, [series((row) => row.completed), series((row) => row.requests - row.completed)]);
  usage.charts.tokens.show(days, [series((row) => row.tokens_in), series((row) => row.tokens_out)]);
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  setText(find("usage-range"), `${from} to ${to}, UTC: ${count(sum("requests"))} requests, `
    + `${count(sum("tokens_in") + sum("tokens_out"))} tokens, ${duration(sum("slot_seconds"))} of slot time`);
  showUsageTable();
}

function showUsageTable() {
  usage.table ??= new SortedTable(find("usage-table"), find("usage-sort"), (key, isDescending) => {
    usage.sort = {key, isDescending};
    history.replaceState(null, "", usageHash());
    showUsageTable();
  });
  usage.table.show(usageColumns(), usage.rows, usage.sort, usageRowsShown);
  find("usage-table").parentElement.hidden = usage.rows.length === 0;
  find("usage-empty").hidden = usage.rows.length > 0;
  setText(find("usage-count"), count(usage.rows.length));
  find("usage-more").hidden = usage.rows.length <= usageRowsShown;
  setText(find("usage-more"), `The first ${count(usageRowsShown)} of ${count(usage.rows.length)} are shown. The CSV has all of them.`);
}

const quotaKinds = [
  ["active_requests", "parallel_limit", "at once"],
  ["queued_requests", "queue_limit", "waiting"],
  ["requests_of_minute", "requests_per_minute", "requests in this minute"],
  ["tokens_of_minute", "tokens_per_minute", "tokens in this minute"],
  ["tokens_of_day", "tokens_per_day", "tokens today"],
];

function showQuotas(quotas) {
  const share = (quota, [used, limit]) => (quota[limit] === null ? 0 : quota[limit] ? quota[used] / quota[limit] : 1);
  const most = (quota) => Math.max(...quotaKinds.map((kind) => share(quota, kind)));
  const sorted = quotas.map((quota) => ({quota, most: most(quota)})).sort((a, b) => b.most - a.most).slice(0, usageRowsShown);
  find("quotas-empty").hidden = quotas.length > 0;
  find("quotas").replaceChildren(...sorted.map(({quota}) => make("li", {}, make("bdi", {}, quota.client),
    ...quotaKinds.filter(([, limit]) => quota[limit] !== null).map((kind) => {
      const [used, limit, text] = kind;
      const bar = make("i");
      const part = share(quota, kind);
      bar.style.width = `${Math.min(100, 100 * part)}%`;
      return make("div", {class: `gauge ${part >= 0.9 ? "full" : ""}`},
        make("span", {class: "quiet"}, `${count(quota[used])} of ${count(quota[limit])} ${text}`), make("span", {class: "meter"}, bar));
    }),
    quotaKinds.every(([, limit]) => quota[limit] === null) ? make("span", {class: "quiet"}, "only some models") : "")));
}

async function downloadUsage() {
  const [from, to] = usageRange();
  try {
    const reply = await send(`admin/usage?from=${from}&to=${to}&by=${usage.by}&format=csv`);
    if (!reply.ok) throw await refusal(reply);
    download(await reply.blob(), `paddock-usage-${from}-${to}-by-${usage.by.replace(",", "-")}.csv`);
  } catch (error) {
    say(error.message);
  }
}

for (const button of find("view-usage").querySelectorAll("[data-days]")) {
  button.addEventListener("click", () => { usage.days = Number(button.dataset.days); location.hash = usageHash(); });
}
for (const key of ["from", "to"]) {
  find(`usage-${key}`).addEventListener("change", () => {
    const [from, to] = [find("usage-from").value, find("usage-to").value];
    if (!isDay(from) || !isDay(to)) return;
    Object.assign(usage, {days: null, from, to});
    location.hash = usageHash();
  });
}
find("usage-by").addEventListener("change", (event) => {
  usage.by = event.target.value;
  if (!usageColumns().some((one) => one.key === usage.sort.key)) usage.sort = {key: "requests", isDescending: true};
  location.hash = usageHash();
});
find("usage-csv").addEventListener("click", downloadUsage);
