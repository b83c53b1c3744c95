// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

"use strict";

/** A table that is sorted by a click on a heading, or by a select where there are no headings. */
class SortedTable {
  /**
   * @param table the element to fill
   * @param select the select, for narrow screens
   * @param changed called with the key and the direction that the user has chosen
   */
  constructor(table, select, changed) {
    this.head = table.querySelector("thead tr");
    this.body = table.querySelector("tbody");
    this.select = select;
    this.changed = changed;
    select.addEventListener("change", () => changed(select.value, this.columns.find((one) => one.key === select.value)?.isNumber ?? false));
  }

  /**
   * Shows rows.
   *
   * @param columns {key, label, hint, isNumber, value, text}, the first one a name
   * @param rows what the columns read
   * @param sort {key, isDescending}
   * @param most how many rows are shown at most
   */
  show(columns, rows, sort, most) {
    this.columns = columns;
    const column = columns.find((one) => one.key === sort.key) ?? columns[0];
    const sign = sort.isDescending ? -1 : 1;
    const compare = (a, b) => (a === b ? 0 : a < b ? -1 : 1);
    const sorted = [...rows].sort((a, b) => sign * compare(column.value(a), column.value(b)) || compare(columns[0].value(a), columns[0].value(b)));
    const key = columns.map((one) => one.key).join();
    if (this.shown !== key) this.build(key);
    for (const head of this.head.children) {
      head.setAttribute("aria-sort", head.dataset.key !== column.key ? "none" : sort.isDescending ? "descending" : "ascending");
    }
    this.select.value = column.key;
    this.body.replaceChildren(...sorted.slice(0, most).map((row) => make("tr", {}, ...columns.map((one, index) => {
      const value = one.value(row);
      const text = one.text ? one.text(value) : value;
      if (index === 0) return make("th", {scope: "row"}, make("bdi", {}, text));
      return make("td", {"data-label": one.label, "data-key": one.key, ...(value ? {} : {class: "zero"})}, one.isNumber ? text : make("bdi", {}, text));
    }))));
  }

  build(key) {
    this.shown = key;
    this.select.replaceChildren(...this.columns.map((one) => make("option", {value: one.key}, one.label)));
    this.head.replaceChildren(...this.columns.map((one) => {
      const button = make("button", {type: "button", title: one.hint ?? one.label}, one.label);
      const head = make("th", {scope: "col", "data-key": one.key, "aria-sort": "none"}, button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        this.changed(one.key, now === "none" ? Boolean(one.isNumber) : now === "ascending");
      });
      return head;
    }));
  }
}
