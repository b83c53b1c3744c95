// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

"use strict";

// The view at #jobs: the batch jobs of all clients with their progress.

const jobs = {
  list: [],
  hasMore: false,
  /** When how many requests of a job had ended, in the last minute, by its id. */
  past: new Map(),
  /** The question that was asked last: older answers that come late are dropped. */
  asked: 0,
  timer: 0,
};

const isOver = (job) => ["failed", "completed", "expired", "cancelled"].includes(job.status);
const jobsDone = (job) => job.request_counts.completed + job.request_counts.failed;

const jobsView = {
  title: "Batch jobs",

  show() {
    readJobs();
    clearInterval(jobs.timer);
    jobs.timer = setInterval(() => { if (!document.hidden) readJobs(); }, 3000);
  },

  hide() {
    jobs.asked += 1;
    clearInterval(jobs.timer);
  },
};

async function readJobs() {
  const asked = ++jobs.asked;
  let error = null;
  try {
    const reply = await readAdmin("admin/batches?limit=100");
    if (asked !== jobs.asked) return;
    jobs.list = reply.data;
    jobs.hasMore = reply.has_more;
    noteJobs(Date.now() / 1000);
  } catch (problem) {
    if (asked !== jobs.asked) return;
    error = problem;
    // It will not be another one until the user does something about it.
    if ([401, 403, 501].includes(error.status)) clearInterval(jobs.timer);
  }
  find("jobs-part").hidden = error !== null;
  if (find("jobs-refusal").dataset.shown !== String(error?.message)) showRefusal(find("jobs-refusal"), error, () => jobsView.show());
  find("jobs-refusal").dataset.shown = String(error?.message);
  if (!error) showJobs();
}

/** Keeps how far jobs were in the last minute, for their speed. */
function noteJobs(now) {
  const known = new Set(jobs.list.map((job) => job.id));
  for (const id of jobs.past.keys()) if (!known.has(id)) jobs.past.delete(id);
  for (const job of jobs.list) {
    const past = jobs.past.get(job.id) ?? [];
    past.push({time: now, done: jobsDone(job)});
    while (past.length > 2 && past[1].time < now - 60) past.shift();
    jobs.past.set(job.id, past);
  }
}

/** Requests per second: in the last minute, or since the first one if less was seen; null if nobody knows. */
function speedOf(job) {
  const past = jobs.past.get(job.id);
  const [first, last] = [past[0], past.at(-1)];
  if (last.time - first.time >= 10) return (last.done - first.done) / (last.time - first.time);
  const time = Math.max(1, last.time - job.in_progress_at);
  return job.in_progress_at && last.done ? last.done / time : null;
}

function expectedEnd(job, speed) {
  const left = job.request_counts.total - jobsDone(job);
  if (!speed || !left) return null;
  const end = new Date(Date.now() + (1000 * left) / speed);
  const isSoon = end - Date.now() < 20 * 3600000;
  return isSoon ? end.toLocaleTimeString([], {hour: "2-digit", minute: "2-digit"}) : end.toLocaleString([], {dateStyle: "short", timeStyle: "short"});
}

function showJobs() {
  const sorted = [...jobs.list].sort((a, b) => isOver(a) - isOver(b) || b.created_at - a.created_at);
  const live = jobs.list.filter((job) => !isOver(job)).length;
  setText(find("jobs-count"), jobs.list.length ? `${count(live)} running, ${count(jobs.list.length - live)} ended` : "");
  find("jobs-empty").hidden = sorted.length > 0;
  find("jobs-more").hidden = !jobs.hasMore;
  const shown = sorted.map((job) => {
    const {total, failed} = job.request_counts;
    const speed = isOver(job) ? null : speedOf(job);
    const end = isOver(job) ? null : expectedEnd(job, speed);
    const ended = [job.completed_at, job.failed_at, job.expired_at, job.cancelled_at].find(Boolean);
    const texts = [total ? `${count(jobsDone(job))} of ${count(total)} done` : "", failed ? `${count(failed)} failed` : "",
      speed === null ? "" : `${rate(speed)} per second`, end ? `ends about ${end}` : "",
      ended ? `ended ${new Date(1000 * ended).toLocaleString()}` : ""];
    const problem = job.errors?.data?.[0];
    return {
      id: job.id, status: job.status, isOver: isOver(job), owner: job.owner ?? "", model: job.model ?? job.endpoint,
      part: total ? jobsDone(job) / total : 0, text: texts.filter(Boolean).join(", "),
      problem: problem ? `${problem.line ? `Line ${problem.line}: ` : ""}${problem.message}` : "",
    };
  });
  // A button that has the focus stays as long as nothing has changed.
  renderList(find("jobs"), shown, makeJob);
}

function makeJob(job) {
  const bar = make("i");
  bar.style.width = `${100 * job.part}%`;
  const kind = {failed: "bad", expired: "bad", cancelled: "bad", completed: "good"}[job.status] ?? "";
  const row = make("div", {class: "row"}, make("span", {class: `tag ${kind}`}, job.status.replaceAll("_", " ")), make("bdi", {}, job.id));
  if (!job.isOver && job.status !== "cancelling") {
    const button = make("button", {type: "button", "aria-label": `Cancel ${job.id}`}, "Cancel…");
    button.addEventListener("click", () => cancelJob(job));
    row.append(button);
  } else {
    row.append(make("span"));
  }
  return make("li", {}, row,
    make("div", {class: "row quiet"}, make("bdi", {}, job.owner), make("bdi", {}, job.model)),
    make("div", {class: "meter"}, bar), make("div", {class: "quiet"}, job.text),
    ...(job.problem ? [make("div", {class: "some"}, job.problem)] : []));
}

async function cancelJob(job) {
  find("cancel-job-id").textContent = job.id;
  if (!(await ask(find("cancel-job"), () => change("admin/batches/cancel", {id: job.id})))) return;
  say(`${job.id} is cancelled.`);
  readJobs();
}
