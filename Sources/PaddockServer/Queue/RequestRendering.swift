// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy

/// Requests as JSON (contract section 13).
struct RequestRendering: Sendable {
    /// The URLs of the backends, in the order of the configuration.
    let backends: [String]

    private func url(_ backend: BackendIndex?) -> OrderedJSON {
        backend.map { .string(self.backends[$0.value]) } ?? .null
    }

    /// A live one.
    func json(_ reading: RequestSnapshot) -> OrderedJSON {
        .object([
            ("id", .string(reading.id)),
            ("model", .string(reading.model.description)),
            ("client", .string(reading.client)),
            ("class", .string(reading.requestClass.name)),
            ("state", .string(reading.position == 0 ? "active" : "queued")),
            ("position", .integer(reading.position)),
            ("waited_ms", .milliseconds(reading.waited)),
            ("estimated_start_ms", .milliseconds(reading.estimatedStart)),
            ("backend", self.url(reading.backend)),
            ("processing_ms", .milliseconds(reading.processing)),
        ])
    }

    /// One that has ended.
    func json(_ shared: SharedRecord) -> OrderedJSON {
        let record = shared.record
        return .object([
            ("id", .string(record.id)),
            ("model", record.model.map { .string($0.description) } ?? .null),
            ("client", .string(record.client.name)),
            ("class", .string(record.requestClass.name)),
            ("state", .string("ended")),
            ("outcome", .string(record.outcome.rawValue)),
            ("code", record.code.map { .string($0) } ?? .null),
            ("status", record.status.map { .integer($0) } ?? .null),
            ("arrived", record.arrived.map { .string($0.timeOfDay.iso8601) } ?? .null),
            ("queued_behind", record.position.map { .integer(max(0, $0 - 1)) } ?? .null),
            ("waited_ms", .milliseconds(record.waited)),
            ("estimated_wait_ms", .milliseconds(record.estimatedWait)),
            ("backend", self.url(record.started == nil ? nil : record.backend)),
            ("chosen_by", record.rule.map { .string($0.name) } ?? .null),
            ("first_byte_ms", .milliseconds(record.firstByteTime)),
            ("processing_ms", .milliseconds(record.processingTime)),
            ("bytes", .integer(record.bytesOut)),
            ("chunks", .integer(record.isStream ? record.chunks : 0)),
        ])
    }
}
