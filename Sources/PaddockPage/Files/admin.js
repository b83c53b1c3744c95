// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

"use strict";

// What the views share that needs the rights of an admin, and the dialogs for it.

const tokenKey = "paddock-admin-token";

/** Sends a request with the token, if one was entered. */
async function send(path, options = {}) {
  const headers = {...options.headers};
  const token = sessionStorage.getItem(tokenKey);
  if (token) headers.Authorization = `Bearer ${token}`;
  try {
    return await fetch(path, {...options, headers, signal: AbortSignal.timeout(10000)});
  } catch {
    throw new Error("The gateway does not answer.");
  }
}

/** What a refusal says, as an error with its status. */
async function refusal(reply) {
  const error = await reply.json().catch(() => null);
  return Object.assign(new Error(error?.message ?? error?.error?.message ?? `The gateway answered ${reply.status}.`), {status: reply.status});
}

/** Asks the gateway for a change; asks the user for the token if one is needed. */
async function change(path, body) {
  for (;;) {
    const reply = await send(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: body && JSON.stringify(body)});
    if (reply.ok) return reply.json();
    if (reply.status !== 401) throw await refusal(reply);
    const isWrong = sessionStorage.getItem(tokenKey) !== null;
    if (!(await askToken(isWrong ? "The gateway refuses this token." : "The gateway requires its token for this."))) {
      throw new Error("Nothing was changed: the gateway requires its token.");
    }
  }
}

/** Reads what only admins may see. */
async function readAdmin(path) {
  const reply = await send(path);
  if (!reply.ok) throw await refusal(reply);
  return reply.json();
}

/**
 * Shows in a view why it has nothing to show, and what to do about it.
 *
 * @param host the element for it; hidden if there is no error
 * @param error an error of readAdmin; null if there is none
 * @param again called when a token was entered
 */
function showRefusal(host, error, again) {
  host.hidden = error === null;
  host.replaceChildren();
  if (error === null) return;
  const texts = {
    401: sessionStorage.getItem(tokenKey) === null ? "Only admins may see this. Enter the gateway's admin token."
      : "The gateway refuses this token. Enter its admin token.",
    403: `Only admins may see this. Open this page on the gateway's machine, or set admin_token there. (${error.message})`,
  };
  host.append(make("p", {}, texts[error.status] ?? error.message));
  if (error.status !== 401) return;
  const button = make("button", {type: "button"}, "Enter the token…");
  button.addEventListener("click", async () => { if (await askToken()) again(); });
  host.append(button);
}

/** Opens a dialog; resolves with whether it was submitted to the end. */
function ask(dialog, submit) {
  const problem = dialog.querySelector(".problem");
  const form = dialog.querySelector("form");
  problem.textContent = "";
  return new Promise((resolve) => {
    let isDone = false;
    form.onsubmit = async (event) => {
      event.preventDefault();
      const buttons = form.querySelectorAll("button");
      for (const button of buttons) button.disabled = true;
      try {
        await submit(event.submitter);
        isDone = true;
        dialog.close();
      } catch (error) {
        problem.textContent = error.message;
      }
      for (const button of buttons) button.disabled = false;
    };
    dialog.querySelector(".cancel").onclick = () => dialog.close();
    dialog.onclose = () => resolve(isDone);
    if (!dialog.open) dialog.showModal();
  });
}

function askToken(problem = "") {
  const input = find("token-value");
  input.value = sessionStorage.getItem(tokenKey) ?? "";
  const asked = ask(find("token"), async () => {
    if (input.value) sessionStorage.setItem(tokenKey, input.value);
    else sessionStorage.removeItem(tokenKey);
  });
  find("token").querySelector(".problem").textContent = problem;
  return asked;
}

let toastTimer = 0;

function say(text) {
  const toast = find("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.hidden = true), 4000);
}

/** Opens a file for the user to keep. */
function download(blob, name) {
  const link = make("a", {href: URL.createObjectURL(blob), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

find("token-open").addEventListener("click", async () => { if (await askToken()) document.dispatchEvent(new Event("token")); });
