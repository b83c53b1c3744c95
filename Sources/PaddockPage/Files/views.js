// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

"use strict";

// Which view is shown: the one that the address names behind its #, with what it needs to know behind a question mark.

const views = {live: {title: null, show() {}, hide() {}}, usage: usageView, jobs: jobsView};
let shownView = null;

function showView() {
  const [name, query] = location.hash.slice(1).split("?", 2);
  const isView = Object.hasOwn(views, name);
  // Any other name is that of a part of the page.
  if (!isView && name && shownView) return;
  const next = isView ? name : "live";
  if (shownView && shownView !== next) views[shownView].hide();
  shownView = next;
  for (const one of Object.keys(views)) find(`view-${one}`).hidden = one !== next;
  for (const link of document.querySelectorAll("nav.views a")) {
    if (link.hash === `#${next}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  find("reset-all").hidden = next !== "live";
  document.title = views[next].title ? `${views[next].title} · Paddock` : "Paddock";
  views[next].show(new URLSearchParams(query ?? ""));
}

find("skip").addEventListener("click", (event) => {
  event.preventDefault();
  find("main").focus();
});
addEventListener("hashchange", showView);
document.addEventListener("token", showView);
showView();
