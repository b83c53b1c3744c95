// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import {button, count, link, make, milliseconds, named, setText} from "./tools.js";

/** A row is a card where there is little room. */
const rowsOfPage = matchMedia("(max-width: 50rem)").matches ? 20 : 50;
/** Rows that are sorted by what changes all the time stay in place for this long. */
const stillFor = 4000;

/** Headings stand where the values of their columns do. */
function headClass(column) {
  return [column.place, column.isLeft || (!column.isNumber && !column.cell) ? "left" : ""].filter(Boolean).join(" ") || undefined;
}

/**
 * A table that is sorted by a click on a heading, or by a select where there are no headings. It draws only the page of rows
 * that is shown, and changes only the cells whose text is another one.
 *
 * A column is {key, label, hint, value, text, cell, isNumber, isLeft, isBad, place}:
 *   value(row)         what it is sorted by
 *   text(value, row)   what it says; the value if there is none
 *   cell(row, td)      fills the cell in place of text, called for each update; isLeft if the heading belongs at its left
 *   isBad              a value that is not zero is bad
 *   place              `wide` if it is left out where there is little room
 * The first column names the row.
 */
export class Table {
  /**
   * @param columns as above
   * @param key what a row is known by, over updates
   * @param sort {key, isDescending} at the start; a key that is no column's gives an order to start with by `order`
   * @param order compares two rows if no column was chosen
   * @param onSort called with the key and the direction that the user has chosen
   * @param empty what is said if there are no rows
   * @param label what the table is, for screen readers
   */
  constructor({columns, key, sort, order, onSort, empty = "", label, orderLabel = "Busiest first"}) {
    Object.assign(this, {columns, key, sort, order, onSort});
    this.rows = new Map();
    this.list = [];
    this.page = 0;
    this.keys = [];
    this.sortedAt = 0;
    this.head = make("tr");
    this.body = make("tbody");
    const options = columns.map((one) => make("option", {value: one.key}, one.label));
    if (order) options.unshift(make("option", {value: ""}, orderLabel));
    this.select = make("select", {}, ...options);
    this.select.addEventListener("change", () => this.choose(this.select.value));
    this.sorter = make("label", {class: "sort"}, "Sort ", this.select);
    for (const column of columns) {
      this.head.append(make("th", {scope: "col", "data-key": column.key, class: headClass(column)}, button(column.label, () => this.choose(column.key), {title: column.hint})));
    }
    this.scroll = make("div", {class: "scroll"}, make("table", {"aria-label": label}, make("thead", {}, this.head), this.body));
    this.empty = make("p", {class: "empty", hidden: true}, empty);
    this.pageText = make("span");
    this.back = button("← Back", () => this.turn(-1));
    this.next = button("Next →", () => this.turn(1));
    this.pager = make("nav", {class: "pager", "aria-label": "Pages", hidden: true}, this.back, this.pageText, this.next);
    this.element = make("div", {class: "table"}, this.scroll, this.empty, this.pager);
    this.showOrder();
  }

  /** Has all cells drawn again with the next update, as they show something else. */
  redraw() {
    for (const row of this.rows.values()) row.value = null;
    this.keys = [];
  }

  /** Shows rows. An `isSteady` order stays for some seconds, and while the pointer or the focus is in the table. */
  update(rows, {isSteady = false, empty} = {}) {
    this.list = rows;
    if (empty) setText(this.empty, empty);
    const isHeld = this.body.matches(":hover") || this.body.contains(document.activeElement);
    const isStill = isSteady && this.keys.length === rows.length && (isHeld || performance.now() - this.sortedAt < stillFor);
    const byKey = new Map(rows.map((row) => [this.key(row), row]));
    if (!isStill || this.keys.some((key) => !byKey.has(key))) {
      this.keys = this.sorted(rows).map(this.key);
      this.sortedAt = performance.now();
    }
    this.draw(byKey);
  }

  sorted(rows) {
    const column = this.columns.find((one) => one.key === this.sort.key);
    if (!column) return this.order ? [...rows].sort(this.order) : rows;
    const sign = this.sort.isDescending ? -1 : 1;
    const compare = (a, b) => (a === b ? 0 : a === null || a === undefined ? -1 : b === null || b === undefined ? 1 : a < b ? -1 : 1);
    const values = new Map(rows.map((row) => [row, column.value(row)]));
    return [...rows].sort((a, b) => sign * compare(values.get(a), values.get(b)) || compare(this.key(a), this.key(b)));
  }

  draw(byKey) {
    const pages = Math.max(1, Math.ceil(this.keys.length / rowsOfPage));
    this.page = Math.min(this.page, pages - 1);
    const shown = this.keys.slice(this.page * rowsOfPage, (this.page + 1) * rowsOfPage);
    const wanted = new Set(shown);
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    shown.forEach((key, index) => {
      const value = byKey.get(key);
      let row = this.rows.get(key);
      if (!row) this.rows.set(key, (row = this.build()));
      if (this.body.children[index] !== row.element) this.body.insertBefore(row.element, this.body.children[index] ?? null);
      if (row.value === value && !row.isAlive) return;
      row.value = value;
      this.columns.forEach((column, place) => this.fill(column, row.cells[place], value));
    });
    this.scroll.hidden = this.keys.length === 0;
    this.empty.hidden = this.keys.length > 0;
    this.pager.hidden = pages === 1;
    setText(this.pageText, `Page ${this.page + 1} of ${pages}`);
    this.back.disabled = this.page === 0;
    this.next.disabled = this.page === pages - 1;
  }

  build() {
    const cells = this.columns.map((column, index) => (index === 0 ? make("th", {scope: "row"})
      : make("td", {"data-label": column.label, "data-key": column.key, class: column.place})));
    return {element: make("tr", {}, ...cells), cells, isAlive: this.columns.some((column) => column.cell)};
  }

  fill(column, cell, row) {
    if (column.cell) return column.cell(row, cell);
    const value = column.value(row);
    const text = column.text ? column.text(value, row) : column.isNumber ? count(value) : value ?? "–";
    if (cell.shown === text) return;
    cell.shown = text;
    if (column.isNumber) {
      cell.textContent = text;
      cell.className = [column.place, !value ? "zero" : column.isBad ? "some" : ""].filter(Boolean).join(" ");
    } else {
      cell.classList.add("words");
      cell.replaceChildren(make("bdi", {class: "clamp", title: text}, text));
    }
  }

  choose(key) {
    const column = this.columns.find((one) => one.key === key);
    const isDescending = this.sort.key === key && column ? !this.sort.isDescending : column?.isNumber ?? false;
    this.sort = {key, isDescending};
    this.page = 0;
    this.showOrder();
    this.keys = [];
    this.update(this.list);
    this.onSort?.(key, isDescending);
  }

  showOrder() {
    this.select.value = this.sort.key;
    for (const head of this.head.children) {
      head.setAttribute("aria-sort", head.dataset.key !== this.sort.key ? "none" : this.sort.isDescending ? "descending" : "ascending");
    }
  }

  turn(pages) {
    this.page += pages;
    this.draw(new Map(this.list.map((row) => [this.key(row), row])));
  }
}

/** A cell of elements, which are made anew only if it shows another text. */
export const made = (value, elements, className) => ({value, cell(row, cell) {
  const text = value(row);
  if (cell.shown === text) return;
  cell.shown = text;
  if (className) cell.classList.add(className);
  cell.replaceChildren(...[elements(row, text)].flat());
}});

/** A cell with a name that leads somewhere. */
export const linkTo = (key, hash) => ({isLeft: true, ...made((row) => row[key], (_, name) => (name == null ? "–" : link(hash(name), named(name))), "words")});

/** A cell of a few words that stay in one line. */
export const brief = (value) => ({isLeft: true, ...made((row) => String(value(row) ?? "–"), (_, text) => text, "brief")});

/** A cell with a time that passes. */
export const time = (key) => ({value: (row) => row[key] ?? null, text: milliseconds, isNumber: true});

/** A choice of one of some values: {value: text}. */
export function choice(label, options, value, changed, attributes = {}) {
  const select = make("select", {"aria-label": label, ...attributes}, ...Object.entries(options).map(([key, text]) => make("option", {value: key, selected: key === value}, text)));
  select.addEventListener("change", () => changed(select.value));
  return select;
}

/** A field that filters rows by their name. */
export function filterField(label, value, changed, placeholder = "Filter") {
  const field = make("input", {type: "search", placeholder, "aria-label": label, autocomplete: "off", spellcheck: "false", maxlength: 256, value});
  field.addEventListener("input", () => changed(field.value.trim()));
  return field;
}
