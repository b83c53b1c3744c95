// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #models; model.js has that of one model, at #models/NAME.

import {heading, replaceHash, state} from "./app.js";
import {p50p90, totalsOf, unserved} from "./history.js";
import * as one from "./model.js";
import {choice, filterField, linkTo, made, Table} from "./table.js";
import {count, hashOf, make, meter, rate, setText} from "./tools.js";

let table = null;
let counter = null;
let filter = "";
let period = "";
/** The view of one model, if it is shown. */
let shown = null;

const load = (model) => model.active_requests + model.queued_requests;

/** A cell of how much of a limit is used. */
const gauge = (used, limit, kind = "") => ({isNumber: true, ...made((row) => `${count(used(row))} / ${count(limit(row))}`,
  (row, text) => make("span", {class: "gauge"}, make("span", {}, text), meter(limit(row) ? used(row) / limit(row) : 0, used(row) ? kind : ""))), value: used});

/** A column of two quantiles of the last minutes, sorted by the second one. */
const quantiles = (key) => ({value: (row) => row.recent[`${key}_p90`], text: (_, row) => p50p90(row.recent, key), isNumber: true});
const ends = (row) => (period === "reset" ? totalsOf(row) : row.recent);

const columns = [
  {key: "model", label: "Model", ...linkTo("model", (name) => hashOf("models", name))},
  {key: "active", label: "Running", hint: "Of its slots", ...gauge((row) => row.active_requests, one.slotsOf)},
  {key: "queued", label: "Waiting", hint: "Of the places in its queue", ...gauge((row) => row.queued_requests, (row) => row.queue_limit, "amber")},
  {key: "wait", label: "Wait", hint: "For a slot: p50 / p90 of the last 5 minutes", ...quantiles("wait_ms")},
  {key: "first", label: "First byte", hint: "From the slot: p50 / p90 of the last 5 minutes", ...quantiles("first_byte_ms")},
  {key: "speed", label: "Tokens/s", hint: "Of one request: p50 of the last 5 minutes", value: (row) => row.recent.tokens_per_second_p50, text: rate, isNumber: true, place: "wide"},
  {key: "requests", label: "Requests", value: (row) => ends(row).requests, isNumber: true},
  {key: "4xx", label: "4xx", hint: "Answered by a backend with 400 to 499", value: (row) => ends(row).replies["4xx"], isNumber: true, isBad: true},
  {key: "5xx", label: "5xx", hint: "Answered by a backend with 500 or above", value: (row) => ends(row).replies["5xx"], isNumber: true, isBad: true},
  {key: "unserved", label: "Not served", hint: "Rejected, too late, timed out or failed", value: (row) => unserved(ends(row)).number, isNumber: true, isBad: true},
  {key: "swaps", label: "Swaps", hint: "How often it was loaded in place of another one", value: (row) => row.swaps, isNumber: true, place: "wide"},
];

const keep = () => replaceHash("models", "", {filter, period, sort: table.sort.key, order: table.sort.key && !table.sort.isDescending ? "up" : ""});

export const view = {
  show(root, {name, query}) {
    shown = name ? one : null;
    if (name) return one.show(root, name, query);
    filter = query.get("filter") ?? "";
    period = query.get("period") === "reset" ? "reset" : "";
    counter = make("small", {id: "model-count"});
    table = new Table({columns, key: (row) => row.model, label: "Models", onSort: keep, sort: {key: query.get("sort") ?? "", isDescending: query.get("order") !== "up"},
      order: (a, b) => load(b) - load(a) || b.total_requests - a.total_requests || (a.model < b.model ? -1 : 1)});
    const again = () => {
      keep();
      table.redraw();
      view.update(state);
    };
    const periods = choice("Time that is counted", {"": "Last 5 minutes", reset: "Since the last reset"}, period, (value) => {
      period = value;
      again();
    });
    heading(["Models ", counter], table.sorter, periods, filterField("Filter models by name", filter, (text) => {
      filter = text;
      table.page = 0;
      again();
    }));
    root.append(table.element);
  },

  update(state) {
    if (shown) return shown.update(state);
    const words = filter.toLowerCase();
    const rows = [...state.models.values()].filter((row) => row.model.toLowerCase().includes(words));
    table.update(rows, {isSteady: true, empty: state.models.size ? "No model has such a name." : "No model has been used yet. It appears here with its first request."});
    setText(counter, rows.length === state.models.size ? count(rows.length) : `${count(rows.length)} of ${count(state.models.size)}`);
  },

  hide() { shown?.hide(); },
};
