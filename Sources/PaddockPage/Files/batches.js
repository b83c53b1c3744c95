// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The view at #batches: the batch jobs of all clients with their progress.

import {access, confirmed, poll, read, refused} from "./signin.js";
import {button, card, count, make, meter, moment, named, patch, rate, setText} from "./tools.js";

let parts = {};
/** When how many requests of a job had ended, in the last minute, by its id. */
const past = new Map();
let jobs = null;

const isOver = (job) => ["failed", "completed", "expired", "cancelled"].includes(job.status);
const doneOf = (job) => job.request_counts.completed + job.request_counts.failed;

export const view = {
  show(root) {
    parts = {refusal: make("div"), count: make("small", {id: "jobs-count"}), list: make("ul", {class: "list long", id: "jobs"}), more: make("p", {class: "note", hidden: true},
      "There are older ones: ", make("code", {}, "paddock batch list --all"), "."), missing: make("p", {class: "note", id: "jobs-missing", role: "status", hidden: true})};
    parts.all = card(["Batch jobs ", parts.count], null, parts.list, parts.more, parts.missing);
    parts.all.hidden = true;
    root.append(parts.refusal, parts.all);
    jobs = poll(3, () => read("admin/batches?limit=100"), (reply) => {
      noteJobs(reply.data, Date.now() / 1000);
      showJobs(reply.data);
      parts.more.hidden = !reply.has_more;
      const missing = reply.members?.missing ?? [];
      parts.missing.hidden = !missing.length;
      setText(parts.missing, missing.map((name) => `${name} does not answer: its jobs are not listed.`).join(" "));
      parts.all.hidden = false;
      parts.refusal.replaceChildren();
    }, (error) => {
      parts.all.hidden = true;
      parts.refusal.replaceChildren(refused(error));
    });
  },

  hide() { jobs.end(); },
};

/** Keeps how far jobs were in the last minute, for their speed. */
function noteJobs(jobs, now) {
  const known = new Set(jobs.map((job) => job.id));
  for (const id of past.keys()) if (!known.has(id)) past.delete(id);
  for (const job of jobs) {
    const points = past.get(job.id) ?? [];
    points.push({time: now, done: doneOf(job)});
    while (points.length > 2 && points[1].time < now - 60) points.shift();
    past.set(job.id, points);
  }
}

/** Requests per second: in the last minute, or since the first one if less was seen; null if nobody knows. */
function speedOf(job) {
  const points = past.get(job.id);
  const [first, last] = [points[0], points.at(-1)];
  if (last.time - first.time >= 10) return (last.done - first.done) / (last.time - first.time);
  const time = Math.max(1, last.time - job.in_progress_at);
  return job.in_progress_at && last.done ? last.done / time : null;
}

function endOf(job, speed) {
  const left = job.request_counts.total - doneOf(job);
  return speed && left ? moment(Date.now() + (1000 * left) / speed) : null;
}

function showJobs(jobs) {
  const sorted = [...jobs].sort((a, b) => isOver(a) - isOver(b) || b.created_at - a.created_at);
  const live = jobs.filter((job) => !isOver(job)).length;
  setText(parts.count, jobs.length ? `${count(live)} running, ${count(jobs.length - live)} ended` : "");
  const shown = sorted.map((job) => {
    const {total, failed} = job.request_counts;
    const speed = isOver(job) ? null : speedOf(job);
    const end = isOver(job) ? null : endOf(job, speed);
    const ended = [job.completed_at, job.failed_at, job.expired_at, job.cancelled_at].find(Boolean);
    const texts = [total ? `${count(doneOf(job))} of ${count(total)} done` : "", failed ? `${count(failed)} failed` : "",
      speed === null ? "" : `${rate(speed)} per second`, end ? `ends about ${end}` : "", ended ? `ended ${moment(1000 * ended)}` : ""];
    const problem = job.errors?.data?.[0];
    return {
      id: job.id, status: job.status, canCancel: access.isAdmin && !isOver(job) && job.status !== "cancelling", owner: job.owner ?? "", member: job.member ?? "", model: job.model ?? job.endpoint,
      part: total ? doneOf(job) / total : 0, text: texts.filter(Boolean).join(", "),
      problem: problem ? `${problem.line ? `Line ${problem.line}: ` : ""}${problem.message}` : "",
    };
  });
  // A button that has the focus stays as long as nothing has changed.
  patch(parts.list, shown, () => (shown.length ? shown.map(makeJob)
    : [make("li", {class: "quiet"}, "No client has a batch job. ", make("code", {}, "paddock batch submit FILE"), " makes one.")]));
}

function makeJob(job) {
  const kind = {failed: "bad", expired: "bad", cancelled: "bad", completed: "good"}[job.status] ?? "warn";
  return make("li", {},
    make("div", {class: "row"}, make("span", {class: `tag ${kind}`}, job.status.replaceAll("_", " ")), make("bdi", {}, job.id),
      job.canCancel ? button("Cancel…", () => cancel(job.id), {"aria-label": `Cancel ${job.id}`}) : make("span")),
    make("div", {class: "row quiet"}, named(job.owner), named(job.model), job.member && make("span", {}, `at ${job.member}`)), meter(job.part), make("div", {class: "quiet"}, job.text),
    job.problem && make("div", {class: "some"}, job.problem));
}

async function cancel(id) {
  await confirmed({
    title: ["Cancel ", make("bdi", {}, id), "?"], action: "Cancel the job", isDanger: true, path: "admin/batches/cancel", body: {id}, done: `${id} is cancelled.`,
    text: "Its running requests end at once, and the others are not begun. What is done of it stays for its client to fetch.",
  });
  jobs.again();
}
