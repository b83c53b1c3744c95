// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

extension AdmissionSnapshot {
    /// The reply to `GET /queue/stats` (contract section 6).
    ///
    /// - Parameter models: the models to include. Defaults to all.
    func json(only models: [ModelSnapshot]? = nil) -> OrderedJSON {
        .object([
            ("default_parallel", .integer(self.defaults.parallel)),
            ("default_queue_limit", .integer(self.defaults.queue)),
            ("total_models", .integer(self.models.count)),
            ("models", .object((models ?? self.models).map { ($0.name.description, $0.json) })),
        ])
    }
}

extension ModelSnapshot {
    /// Its part of the reply to `GET /queue/stats`, and the whole of it if the query names the model.
    var json: OrderedJSON {
        let totals = self.totals
        return .object([
            ("model", .string(self.name.description)),
            ("parallel_limit", .integer(self.limits.parallel)),
            ("queue_limit", .integer(self.limits.queue)),
            ("active_requests", .integer(self.active)),
            ("queued_requests", .integer(self.queued)),
            ("available_slots", .integer(self.availableSlots)),
            ("queue_available", .integer(self.queueAvailable)),
            ("total_requests", .integer(totals.requests)),
            ("total_processed", .integer(totals.completed)),
            ("total_rejected", .integer(totals.rejected)),
            ("total_failed", .integer(totals.failed)),
            ("total_timed_out", .integer(totals.timedOut)),
            ("total_cancelled", .integer(totals.cancelled)),
            ("avg_wait_time_ms", .number(totals.wait.mean.milliseconds.rounded(decimals: 2))),
            ("avg_processing_time_ms", .number(totals.processing.mean.milliseconds.rounded(decimals: 2))),
            ("uptime_seconds", .number((self.uptime.milliseconds / 1000).rounded(decimals: 1))),
            ("total_would_time_out", .integer(totals.wouldTimeOut)),
            ("queued_batch", .integer(self.queuedBatch)),
            ("clients", .integer(self.clients)),
            ("avg_first_byte_ms", .number(totals.firstByte.mean.milliseconds.rounded(decimals: 2))),
            ("total_bytes", .integer(totals.bytes)),
            ("total_chunks", .integer(totals.chunks)),
            ("total_error_replies", .integer(totals.errorReplies)),
            ("eta_error_ms_p50", .milliseconds(self.estimateErrorP50)),
            ("eta_error_ms_p90", .milliseconds(self.estimateErrorP90)),
        ])
    }
}
