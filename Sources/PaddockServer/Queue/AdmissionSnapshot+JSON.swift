// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON

extension AdmissionSnapshot {
    /// The reply to `GET /queue/stats` (contract section 6).
    ///
    /// - Parameters:
    ///   - models: the models to include. Defaults to all.
    ///   - urls: the URLs of the backends.
    ///   - limits: where the limits come from. Defaults to the defaults.
    ///   - hasFleet: whether what is loaded on the backends is part of it. Defaults to true.
    func json(
        only models: [ModelSnapshot]? = nil,
        urls: [String],
        limits: LimitSources = LimitSources(),
        hasFleet: Bool = true
    ) -> JSONText {
        let replies = self.replies
        return .object { json in
            json.member("default_parallel", self.defaults.parallel)
            json.member("default_queue_limit", self.defaults.queue)
            json.member("total_models", self.models.count)
            json.object("models") { json in
                for model in models ?? self.models {
                    json.member(
                        named: model.name.description,
                        model.json(urls: urls, hasFleet ? self.fleet : nil, limits[model.name])
                    )
                }
            }
            json.member("default_parallel_from", limits.all.parallel)
            json.member("default_queue_limit_from", limits.all.queue)
            json.member("fairness_by", self.summary.fairnessBy?.rawValue)
            json.member("replies", replies.sum.json)
            json.object("unknown_models") { json in
                let unknown = self.unknownTotals
                json.member("total_requests", unknown.requests)
                json.member("replies", unknown.replies.sum.json)
                json.member("recent", self.unknownRecent.json)
            }
            json.member("recent", self.recent.json)
            if hasFleet {
                let listed = self.backends.indices.prefix(urls.count).filter { self.backends[$0].isListed }
                json.member("backends", listed.map { self.backendJSON($0, url: urls[$0], replies) })
            }
        }
    }
}

extension ModelSnapshot {
    /// Its part of the reply to `GET /queue/stats`, and the whole of it if the query names the model.
    ///
    /// - Parameters:
    ///   - urls: the URLs of the backends.
    ///   - fleet: what is loaded where; nil if that is shown elsewhere.
    ///   - limits: where its limits come from, and whether it is pinned.
    func json(urls: [String], _ fleet: FleetSnapshot?, _ limits: LimitSources.OfModel) -> JSONText {
        let totals = self.totals
        return .object { json in
            json.member("model", self.name.description)
            json.member("parallel_limit", self.limits.parallel)
            json.member("queue_limit", self.limits.queue)
            json.member("active_requests", self.active)
            json.member("queued_requests", self.queued)
            json.member("available_slots", self.availableSlots)
            json.member("queue_available", self.queueAvailable)
            json.member("total_requests", totals.requests)
            json.member("total_processed", totals.completed)
            json.member("total_rejected", totals.rejected)
            json.member("total_failed", totals.failed)
            json.member("total_timed_out", totals.timedOut)
            json.member("total_cancelled", totals.cancelled)
            json.member("avg_wait_time_ms", totals.wait.mean.milliseconds.rounded(decimals: 2))
            json.member("avg_processing_time_ms", totals.processing.mean.milliseconds.rounded(decimals: 2))
            json.member("uptime_seconds", (self.uptime.milliseconds / 1000).rounded(decimals: 1))
            json.member("total_would_time_out", totals.wouldTimeOut)
            json.member("queued_batch", self.queuedBatch)
            json.object("batch") { json in
                json.member("waiting", self.queuedBatch)
                json.milliseconds("oldest_ms", self.oldestBatch, decimals: 0)
                json.member("running", self.activeBatch)
                json.member("share", self.batchShare?.rounded(decimals: 4))
            }
            json.member("clients", self.clients)
            json.member("avg_first_byte_ms", totals.firstByte.mean.milliseconds.rounded(decimals: 2))
            json.member("total_bytes", totals.bytes)
            json.member("total_chunks", totals.chunks)
            json.member("total_tokens_in", totals.promptTokens)
            json.member("total_tokens_out", totals.answerTokens)
            json.member("total_error_replies", totals.errorReplies)
            json.milliseconds("eta_error_ms_p50", self.estimateErrorP50)
            json.milliseconds("eta_error_ms_p90", self.estimateErrorP90)
            json.member("waiting_for_swap", self.waitingForSwap)
            json.member("swaps", self.swaps)
            json.member("replies", totals.replies.sum.json)
            json.member("replies_by_backend", totals.replies.json(urls: urls))
            json.member("recent", self.recent.json)
            json.member("parallel_limit_from", limits.parallel)
            json.member("queue_limit_from", limits.queue)
            json.member("pinned", limits.isPinned)
            if let fleet { json.member("runners", fleet.runners(of: self.name, urls: urls)) }
        }
    }
}
