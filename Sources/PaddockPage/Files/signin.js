// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// Who looks at the page, and requests with that right; dialogs.

import {button, find, make} from "./tools.js";

const tokenKey = "paddock-token";

/** What the user may do: `admin` all, `viewer` read all, `stranger` read what is about no client. */
export const access = {role: "stranger", isKnown: false, isAdmin: false, isViewer: false, isSignedIn: false};

const changed = () => document.dispatchEvent(new Event("access"));

/** Sends a request with the token, if the user has signed in. */
export async function send(path, {token = sessionStorage.getItem(tokenKey), ...options} = {}) {
  const headers = {...options.headers, ...(token ? {Authorization: `Bearer ${token}`} : {})};
  try {
    return await fetch(path, {signal: AbortSignal.timeout(10000), ...options, headers});
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The gateway does not answer.");
  }
}

/** What a refusal says, as an error with its status. */
export async function refusal(reply) {
  const error = await reply.json().catch(() => null);
  return Object.assign(new Error(error?.message ?? error?.error?.message ?? `The gateway answered ${reply.status}.`), {status: reply.status});
}

/** Reads what the gateway answers, as JSON. */
export async function read(path, options) {
  const reply = await send(path, options);
  if (!reply.ok) throw await refusal(reply);
  return reply.json();
}

/**
 * Asks again and again, while the page is seen. An answer that comes after a later question is dropped.
 *
 * @param seconds between two questions
 * @param ask makes a promise of an answer
 * @param take gets each answer
 * @param fail gets each error; after one that the gateway answered it is not asked again, as the user has to do something first
 * @returns {again, end}: asks at once, and for the last time
 */
export function poll(seconds, ask, take, fail = () => {}) {
  let number = 0;
  const end = () => {
    number += 1;
    clearInterval(timer);
  };
  const again = async () => {
    const own = ++number;
    try {
      const answer = await ask();
      if (own === number) take(answer);
    } catch (error) {
      if (own !== number) return;
      if (error.status) end();
      fail(error);
    }
  };
  const timer = setInterval(() => { if (!document.hidden) again(); }, 1000 * seconds);
  again();
  return {again, end};
}

/** Asks the gateway for a change; asks the user to sign in if that is needed. */
export async function change(path, body, method = "POST") {
  for (;;) {
    const reply = await send(path, {method, headers: {"Content-Type": "application/json"}, body: body && JSON.stringify(body)});
    if (reply.ok) return reply.json();
    if (reply.status !== 401) throw await refusal(reply);
    if (!(await signIn("The gateway wants its admin token for this."))) throw new Error("Nothing was changed: the gateway wants its admin token.");
  }
}

const roleOf = async (token) => (await read("dashboard/access", {token})).role;

function take(role) {
  Object.assign(access, {role, isKnown: true, isAdmin: role === "admin", isViewer: role !== "stranger", isSignedIn: sessionStorage.getItem(tokenKey) !== null});
  const names = {admin: "Admin", viewer: "Viewer"};
  find("access").replaceChildren(...(access.isSignedIn
    ? [make("span", {class: "pill good"}, make("span", {class: "dot"}), names[role] ?? role), button("Sign out", signOut)]
    : [access.isViewer && make("span", {class: "pill", title: "Browsers on the gateway's machine may change things, as no admin_token is set."}, "Admin: this machine"),
      !access.isAdmin && button("Sign in…", () => signIn())].filter(Boolean)));
}

/** Finds out what the user may do. A token that counts no more is forgotten. */
export async function findRole() {
  const token = sessionStorage.getItem(tokenKey);
  const role = await roleOf(token);
  // An answer about an older token says nothing of this one.
  if (sessionStorage.getItem(tokenKey) !== token) return;
  if (role === "stranger") sessionStorage.removeItem(tokenKey);
  take(role);
}

/** Asks for the token, and checks it at once; whether the user has signed in. */
export function signIn(text = "") {
  return openDialog({
    title: "Sign in",
    text: text || "With the admin token you can change things, with the view token you can see them.",
    fields: [{name: "token", label: "Token of the gateway", type: "password", required: true, autocomplete: "off", maxlength: 1024}],
    note: "Kept in this tab until it is closed, and sent only to this gateway.",
    action: "Sign in",
    async submit({token}) {
      const role = await roleOf(token);
      if (role === "stranger") throw new Error("The gateway refuses this token.");
      sessionStorage.setItem(tokenKey, token);
      take(role);
      changed();
    },
  });
}

async function signOut() {
  sessionStorage.removeItem(tokenKey);
  take("stranger");
  await findRole().catch(() => {});
  changed();
}

/** What strangers see of a view: a sentence that tells them how much there is, and a way to see more. */
export const toSignIn = (sentence) => make("div", {class: "notice"}, sentence, make("p", {}, "Sign in to see which."), button("Sign in…", () => signIn(), {class: "primary"}));

/** What is shown in place of something that was refused: why, and what to do about it. */
export function refused(error) {
  const texts = {
    401: "Sign in to see this.",
    403: `Only admins may see this. Open this page on the gateway's machine, or set admin_token there. (${error.message})`,
  };
  return make("div", {class: "notice", role: "alert"}, make("p", {}, texts[error.status] ?? error.message),
    error.status === 401 && button("Sign in…", () => signIn(), {class: "primary"}));
}

/**
 * Opens a dialog; resolves with whether it was submitted to the end.
 *
 * @param title its heading, text or elements
 * @param text what it is about, note what else is good to know
 * @param fields {name, label} and the attributes of its input
 * @param action what the button says that submits it; isDanger if that cannot be taken back
 * @param submit called with the values of the fields, numbers as such; an error that it throws is shown, and the dialog stays open
 */
export function openDialog({title, text, note, fields = [], action, isDanger = false, submit}) {
  const problem = make("p", {class: "problem", role: "alert"});
  const inputs = fields.map(({label, hint, ...attributes}) => {
    const input = make("input", attributes);
    input.kind = attributes.type;
    return {input, label: make("label", {}, label, input, hint && make("small", {}, hint))};
  });
  const form = make("form", {method: "dialog"}, make("h2", {id: "dialog-title"}, ...[title].flat()), text && make("p", {}, text), ...inputs.map((one) => one.label),
    note && make("p", {class: "note"}, note), problem, make("div", {class: "buttons"}, button("Cancel", () => dialog.close()),
      make("button", {class: isDanger ? "danger" : "primary"}, action)));
  const dialog = make("dialog", {"aria-labelledby": "dialog-title"}, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    let isDone = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const buttons = form.querySelectorAll("button");
      for (const one of buttons) one.disabled = true;
      problem.textContent = "";
      try {
        await submit(Object.fromEntries(inputs.map(({input}) => [input.name, input.kind === "number" && input.value !== "" ? Number(input.value) : input.value])));
        isDone = true;
        dialog.close();
      } catch (error) {
        problem.textContent = error.message;
      }
      for (const one of buttons) one.disabled = false;
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(isDone);
    });
    dialog.showModal();
  });
}

let toastTimer = 0;

/** Says for some seconds what was done. */
export function say(text) {
  const toast = find("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.hidden = true), 5000);
}

/** Makes a change after a question, and says what was done. */
export async function confirmed({done, path, body, method, ...dialog}) {
  if (await openDialog({...dialog, submit: () => change(path, body, method)})) say(done);
}

/** Opens a file for the user to keep. */
export function download(blob, name) {
  const opened = make("a", {href: URL.createObjectURL(blob), download: name});
  opened.click();
  setTimeout(() => URL.revokeObjectURL(opened.href), 60000);
}
