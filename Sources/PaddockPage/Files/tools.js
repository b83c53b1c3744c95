// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// Elements, and how numbers and times are written.

/** The element with an id. */
export const find = (id) => document.getElementById(id);

/** Makes an element; text is always text, never markup. Attributes that are null or false are left out. */
export function make(name, attributes = {}, ...children) {
  const isSVG = ["svg", "path", "line"].includes(name);
  const element = isSVG ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button. */
export const button = (text, onclick, attributes = {}) => make("button", {type: "button", onclick, ...attributes}, text);

/** A name that somebody chose: at most two lines of it, all of it in the tooltip. */
export const named = (text, attributes = {}) => make("bdi", {class: "clamp", title: text, ...attributes}, text);

/** A link. */
export const link = (hash, ...children) => make("a", {href: hash}, ...children);

/** The address of a view, of one thing in it, with a question: `#models/llama2?by=day`. */
export function hashOf(view, name = "", query = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "")).toString();
  return `#${view}${name && `/${encodeURIComponent(name)}`}${asked && `?${asked}`}`;
}

/** A card with a heading and what belongs beside it. */
export function card(title, tools, ...children) {
  return make("section", {class: "card"}, make("div", {class: "title"}, make("h2", {}, ...[title].flat()), tools && make("div", {class: "tools"}, ...[tools].flat())), ...children);
}

/** Names with what belongs to them: [name, ...elements or text]. */
export const facts = (rows) => make("dl", {class: "facts"}, ...rows.filter(Boolean).map(([name, ...what]) => make("div", {}, make("dt", {}, name), make("dd", {}, ...what.filter(Boolean)))));

/** A bar of which a part is full. */
export function meter(part, kind = "") {
  const bar = make("i", {class: kind});
  bar.style.width = `${Math.min(100, Math.max(0, 100 * part))}%`;
  return make("span", {class: "meter"}, bar);
}

/** Changes text only if it is another one, so that nothing is drawn or spoken for nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Replaces what is in an element, if it is made of other values than before. */
export function patch(element, values, makeChildren) {
  const key = JSON.stringify(values);
  if (element.patchedWith === key) return;
  element.patchedWith = key;
  element.replaceChildren(...makeChildren(values));
}

const isNothing = (value) => value === undefined || value === null || Number.isNaN(value);

/** 12,345. */
export const count = (value) => (isNothing(value) ? "–" : value.toLocaleString("en"));

/** A number with its noun: 1 model, 2 models. */
export const plural = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** 0, 1.5, 120. */
export function rate(value) {
  if (isNothing(value)) return "–";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 || value === 0 ? 0 : 1);
}

/** Large numbers on a chart: 12.5k. */
export function short(value) {
  const unit = [[1e9, "G"], [1e6, "M"], [1e3, "k"]].find(([size]) => value >= size * 10);
  return unit ? `${(value / unit[0]).toLocaleString("en", {maximumFractionDigits: 1})}${unit[1]}` : count(value);
}

/** A part as 12.5 %. */
export const percent = (part) => (isNothing(part) ? "–" : `${(100 * part).toFixed(part > 0 && part < 0.0995 ? 1 : 0)} %`);

/** A time that passes: 1.5 ms, 2.50 s, 3 min 5 s, 2.5 h. */
export function milliseconds(value) {
  if (isNothing(value)) return "–";
  if (value < 1) return value === 0 ? "0 ms" : `${value.toFixed(2)} ms`;
  if (value < 1000) return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  if (value < 60000) return `${(value / 1000).toFixed(value < 10000 ? 2 : 1)} s`;
  if (value < 3600000) return `${Math.floor(value / 60000)} min ${Math.floor((value % 60000) / 1000)} s`;
  if (value < 172800000) return `${(value / 3600000).toFixed(1)} h`;
  return `${(value / 86400000).toFixed(1)} days`;
}

/** Sizes as everywhere in Paddock: a GiB is 2^30 bytes. */
export function bytes(value) {
  if (isNothing(value)) return "–";
  return value >= 2 ** 30 ? `${(value / 2 ** 30).toFixed(1)} GiB` : `${Math.round(value / 2 ** 20)} MiB`;
}

/** A moment by the browser's clock, always with its date. */
export function moment(value) {
  const date = new Date(value ?? NaN);
  return Number.isNaN(date.valueOf()) ? "–" : date.toLocaleString("sv");
}

/** A moment as an element, as UTC in the tooltip. */
export function momentOf(value) {
  const date = new Date(value ?? NaN);
  if (Number.isNaN(date.valueOf())) return "–";
  const utc = `${date.toISOString().slice(0, 19)}Z`;
  return make("time", {datetime: utc, title: utc}, moment(value));
}
