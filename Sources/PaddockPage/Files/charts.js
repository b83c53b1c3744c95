// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import {make, moment} from "./tools.js";

/** A line chart over time. Pointer or arrow keys pick a moment, whose values the legend then shows. */
export class Chart {
  static width = 600;
  static height = 100;

  /**
   * @param title what it shows
   * @param series what is drawn: {label, colour, isArea, isDashed}
   * @param format how a value is written
   */
  constructor(title, series, format) {
    const host = make("div");
    this.element = make("figure", {}, make("figcaption", {}, title), host);
    this.title = title;
    this.series = series;
    this.format = format;
    this.picked = null;
    this.times = [];
    this.values = series.map(() => []);
    host.classList.add("chart");
    host.tabIndex = 0;
    host.setAttribute("role", "img");
    host.setAttribute("aria-label", title);
    this.host = host;
    this.top = make("span");
    const svg = make("svg", {viewBox: `0 0 ${Chart.width} ${Chart.height}`, preserveAspectRatio: "none", "aria-hidden": "true"});
    for (const y of [0, Chart.height]) svg.append(make("line", {class: "axis", x1: 0, x2: Chart.width, y1: y, y2: y}));
    this.areas = series.map((one) => (one.isArea ? svg.appendChild(make("path", {class: `area ${one.colour}`})) : null));
    this.lines = series.map((one) => svg.appendChild(make("path", {class: one.colour + (one.isDashed ? " dashed" : "")})));
    this.marks = svg.appendChild(make("path", {class: "marks"}));
    this.events = [];
    this.cursor = svg.appendChild(make("line", {class: "cursor", y1: 0, y2: Chart.height, visibility: "hidden"}));
    this.from = make("span");
    this.to = make("span");
    this.legend = series.map((one) => make("span"));
    this.marked = make("li", {class: "marked"});
    const legend = make("ul", {class: "legend"});
    series.forEach((one, index) => {
      const swatch = make("svg", {viewBox: "0 0 14 8", "aria-hidden": "true"});
      swatch.append(make("line", {class: one.colour + (one.isDashed ? " dashed" : ""), x1: 1, x2: 13, y1: 4, y2: 4}));
      legend.append(make("li", {}, swatch, `${one.label} `, this.legend[index]));
    });
    legend.append(this.marked);
    host.append(make("div", {class: "scale"}, this.top), svg, make("div", {class: "times"}, this.from, this.to), legend);
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      this.pick(this.indexAt((event.clientX - box.left) / box.width));
    });
    svg.addEventListener("pointerleave", () => this.pick(null));
    host.addEventListener("blur", () => this.pick(null));
    host.addEventListener("keydown", (event) => {
      const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
      if (!step) return;
      event.preventDefault();
      this.pick((this.picked ?? this.times.length - 1) + step);
    });
  }

  /** Shows other values: one list per series, null if there is none; and marks what happened: {time, text}. */
  show(times, values, events = []) {
    this.times = times;
    const span = times.at(-1) - times[0];
    this.events = span > 0 ? events.map((one) => ({...one, index: Math.round(((one.time - times[0]) / span) * (times.length - 1))})).filter((one) => one.index >= 0 && one.index < times.length) : [];
    this.marks.setAttribute("d", this.events.map((one) => `M${this.placeOf(one.index).toFixed(1)} 0V${Chart.height}`).join(""));
    this.values = values;
    this.scale = Chart.niceAbove(this.most());
    this.top.textContent = times.length ? this.format(this.scale) : "";
    values.forEach((list, index) => {
      this.lines[index].setAttribute("d", this.path(list, false));
      this.areas[index]?.setAttribute("d", this.path(list, true));
    });
    this.pick(this.picked);
  }

  most() { return Math.max(0, ...this.values.flat().filter((value) => value !== null)); }

  /** The moment at a part of the width, and where it is drawn. */
  indexAt(part) { return Math.round(part * (this.times.length - 1)); }
  placeOf(index) { return this.times.length > 1 ? (index / (this.times.length - 1)) * Chart.width : 0; }

  timeText(seconds) { return moment(seconds * 1000); }

  path(list, isArea) {
    const last = Math.max(1, list.length - 1);
    let path = "";
    let start = null;
    const place = (index) => ((index / last) * Chart.width).toFixed(1);
    list.forEach((value, index) => {
      if (value === null) {
        if (isArea && start !== null) path += `V${Chart.height}H${place(start)}Z`;
        start = null;
        return;
      }
      const y = (Chart.height - (value / this.scale) * Chart.height).toFixed(1);
      // A lone value is a dot, drawn as a line of no length.
      if (start === null) path += isArea ? `M${place(index)} ${Chart.height}V${y}` : `M${place(index)} ${y}h0`;
      else path += `L${place(index)} ${y}`;
      if (start === null) start = index;
    });
    if (isArea && start !== null) path += `V${Chart.height}H${place(start)}Z`;
    return path;
  }

  pick(index) {
    const last = this.times.length - 1;
    this.picked = index === null || last < 0 ? null : Math.min(last, Math.max(0, index));
    const shown = this.picked ?? last;
    const x = this.placeOf(shown);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.cursor.setAttribute("visibility", this.picked === null ? "hidden" : "visible");
    this.from.textContent = last < 0 ? "The first values appear in a few seconds." : this.timeText(this.times[0]);
    this.to.textContent = last < 0 ? "" : this.timeText(this.times[shown]);
    const words = this.series.map((one, series) => {
      const value = last < 0 ? null : this.values[series][shown];
      this.legend[series].textContent = value === null || value === undefined ? "–" : this.format(value);
      return `${one.label} ${this.legend[series].textContent}`;
    });
    // What happened at the moment that is picked, or near it.
    const near = this.picked === null ? [] : this.events.filter((one) => Math.abs(one.index - this.picked) <= Math.max(1, last / 100));
    this.marked.textContent = near.map((one) => one.text).join(", ");
    this.host.setAttribute("aria-label", [`${this.title}: ${words.join(", ")}`, ...near.map((one) => one.text)].join(", "));
  }

  /** The least of 1, 2, 5, 10, … that is not below a value. */
  static niceAbove(value) {
    if (value <= 0) return 1;
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 5, 10].map((factor) => factor * power).find((bound) => bound >= value * 0.999);
  }
}

/** A chart of days: bars, the series of a day one above the other. Times are days as the gateway writes them. */
export class DayChart extends Chart {
  constructor(title, series, format) {
    super(title, series, format);
    this.host.classList.add("bars");
  }

  most() { return Math.max(0, ...this.times.map((_, day) => this.values.reduce((sum, list) => sum + list[day], 0))); }

  indexAt(part) { return Math.floor(part * this.times.length); }
  placeOf(index) { return this.times.length ? ((index + 0.5) / this.times.length) * Chart.width : 0; }

  timeText(day) { return day; }

  path(list, isArea) {
    if (!isArea) return "";
    const width = Chart.width / this.times.length;
    const gap = width > 4 ? width * 0.12 : 0;
    const below = this.values.slice(0, this.values.indexOf(list));
    return list.map((value, day) => {
      if (!value) return "";
      const bottom = below.reduce((sum, one) => sum + one[day], 0);
      const [low, high] = [bottom, bottom + value].map((sum) => (Chart.height - (sum / this.scale) * Chart.height).toFixed(1));
      return `M${(day * width + gap).toFixed(1)} ${low}V${high}H${((day + 1) * width - gap).toFixed(1)}V${low}Z`;
    }).join("");
  }

  pick(index) {
    super.pick(index);
    if (this.picked !== null || !this.times.length) return;
    // Without a picked day the sums of all.
    this.to.textContent = this.times.at(-1);
    const words = this.series.map((one, series) => {
      this.legend[series].textContent = this.format(this.values[series].reduce((sum, value) => sum + value, 0));
      return `${one.label} ${this.legend[series].textContent}`;
    });
    this.host.setAttribute("aria-label", `${this.title}, ${this.times[0]} to ${this.times.at(-1)}: ${words.join(", ")}`);
  }
}
