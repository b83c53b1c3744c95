// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

extension OrderedJSON {
    /// What `GET /queue/stats` answers (contract section 6).
    ///
    /// - Parameters:
    ///   - snapshot: the reading.
    ///   - models: the models to include. Defaults to all.
    package static func stats(_ snapshot: AdmissionSnapshot, only models: [ModelSnapshot]? = nil) -> OrderedJSON {
        .object([
            ("default_parallel", .integer(snapshot.defaults.parallel)),
            ("default_queue_limit", .integer(snapshot.defaults.queue)),
            ("total_models", .integer(snapshot.models.count)),
            ("models", .object((models ?? snapshot.models).map { ($0.name.description, .stats($0)) })),
        ])
    }

    /// One model's part of it.
    package static func stats(_ model: ModelSnapshot) -> OrderedJSON {
        let totals = model.totals
        return .object([
            ("model", .string(model.name.description)),
            ("parallel_limit", .integer(model.limits.parallel)),
            ("queue_limit", .integer(model.limits.queue)),
            ("active_requests", .integer(model.active)),
            ("queued_requests", .integer(model.queued)),
            ("available_slots", .integer(model.availableSlots)),
            ("queue_available", .integer(model.queueAvailable)),
            ("total_requests", .integer(totals.requests)),
            ("total_processed", .integer(totals.completed)),
            ("total_rejected", .integer(totals.rejected)),
            ("total_failed", .integer(totals.failed)),
            ("total_timed_out", .integer(totals.timedOut)),
            ("total_cancelled", .integer(totals.cancelled)),
            ("avg_wait_time_ms", .number(totals.wait.mean.milliseconds.rounded(decimals: 2))),
            ("avg_processing_time_ms", .number(totals.processing.mean.milliseconds.rounded(decimals: 2))),
            ("uptime_seconds", .number((model.uptime.milliseconds / 1000).rounded(decimals: 1))),
            ("total_would_time_out", .integer(totals.wouldTimeOut)),
            ("queued_batch", .integer(model.queuedBatch)),
            ("clients", .integer(model.clients)),
            ("avg_first_byte_ms", .number(totals.firstByte.mean.milliseconds.rounded(decimals: 2))),
            ("total_bytes", .integer(totals.bytes)),
            ("total_chunks", .integer(totals.chunks)),
            ("total_error_replies", .integer(totals.errorReplies)),
            ("eta_error_ms_p50", .milliseconds(model.estimateErrorP50)),
            ("eta_error_ms_p90", .milliseconds(model.estimateErrorP90)),
        ])
    }
}
