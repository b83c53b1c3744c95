// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// What clients have used of their quotas.

import {count, make, meter} from "./tools.js";

const kinds = [
  ["active_requests", "parallel_limit", "at once"],
  ["queued_requests", "queue_limit", "waiting"],
  ["requests_of_minute", "requests_per_minute", "requests in this minute"],
  ["tokens_of_minute", "tokens_per_minute", "tokens in this minute"],
  ["tokens_of_day", "tokens_per_day", "tokens today"],
];

const partOf = (quota, [used, limit]) => (quota[limit] == null ? 0 : quota[limit] ? quota[used] / quota[limit] : 1);

/** How much is used of the limit of which most is used. */
export const usedOf = (quota) => Math.max(...kinds.map((kind) => partOf(quota, kind)));

/** The bars of a quota: what is used of each of its limits. */
export function quotaBars(quota) {
  const limited = kinds.filter(([, limit]) => quota[limit] != null);
  if (!limited.length) return [make("span", {class: "quiet"}, "only some models")];
  return limited.map(([used, limit, text]) => {
    const part = partOf(quota, [used, limit]);
    return make("div", {class: "gauge"}, make("span", {class: "quiet"}, `${count(quota[used])} of ${count(quota[limit])} ${text}`), meter(part, part >= 0.9 ? "amber" : ""));
  });
}
