// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockProxy

/// Requests as the contract's section 13 tells of them.
struct RequestRendering: Sendable {
    /// The URLs of the backends, in the order of the configuration.
    let backends: [String]

    private func url(_ backend: Int?) -> OrderedJSON { backend.map { .string(self.backends[$0]) } ?? .null }

    /// A live one.
    func json(_ reading: RequestSnapshot) -> OrderedJSON {
        .object([
            ("id", .string(reading.id)),
            ("model", .string(reading.model.description)),
            ("client", .string(reading.client)),
            ("class", .string(reading.requestClass.name)),
            ("state", .string(reading.place == 0 ? "active" : "queued")),
            ("position", .integer(reading.place)),
            ("waited_ms", .milliseconds(reading.waited)),
            ("estimated_start_ms", .milliseconds(reading.estimatedStart)),
            ("backend", self.url(reading.backend)),
            ("processing_ms", .milliseconds(reading.processing)),
        ])
    }

    /// One that has ended.
    func json(_ story: RequestStory) -> OrderedJSON {
        .object([
            ("id", .string(story.id)),
            ("model", .string(story.model.description)),
            ("client", .string(story.client)),
            ("class", .string(story.requestClass.name)),
            ("state", .string("ended")),
            ("outcome", .string(story.outcome.rawValue)),
            ("code", story.code.map { .string($0) } ?? .null),
            ("status", story.status.map { .integer($0) } ?? .null),
            ("arrived", .string(story.arrived.timeOfDay.iso8601)),
            ("queued_behind", story.place.map { .integer(max(0, $0 - 1)) } ?? .null),
            ("waited_ms", .milliseconds(story.waited)),
            ("estimated_wait_ms", .milliseconds(story.estimatedWait)),
            ("backend", self.url(story.backend)),
            ("chosen_by", story.rule.map { .string($0.name) } ?? .null),
            ("first_byte_ms", .milliseconds(story.firstByte)),
            ("processing_ms", .milliseconds(story.processing)),
            ("bytes", .integer(story.bytes)),
            ("chunks", .integer(story.chunks)),
        ])
    }
}

extension OrderedJSON {
    /// A duration in milliseconds with three decimals; null where there is none.
    static func milliseconds(_ duration: Duration?) -> OrderedJSON {
        duration.map { .number($0.milliseconds.rounded(decimals: 3)) } ?? .null
    }
}
