// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON

extension AdmissionSnapshot {
    /// The reply to `GET /queue/stats` (contract section 6).
    ///
    /// - Parameter models: the models to include. Defaults to all.
    func json(only models: [ModelSnapshot]? = nil) -> JSONText {
        .object { json in
            json.member("default_parallel", self.defaults.parallel)
            json.member("default_queue_limit", self.defaults.queue)
            json.member("total_models", self.models.count)
            json.object("models") { json in
                for model in models ?? self.models { json.member(named: model.name.description, model.json) }
            }
        }
    }
}

extension ModelSnapshot {
    /// Its part of the reply to `GET /queue/stats`, and the whole of it if the query names the model.
    var json: JSONText {
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
            json.member("clients", self.clients)
            json.member("avg_first_byte_ms", totals.firstByte.mean.milliseconds.rounded(decimals: 2))
            json.member("total_bytes", totals.bytes)
            json.member("total_chunks", totals.chunks)
            json.member("total_error_replies", totals.errorReplies)
            json.milliseconds("eta_error_ms_p50", self.estimateErrorP50)
            json.milliseconds("eta_error_ms_p90", self.estimateErrorP90)
        }
    }
}
