// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
package import PaddockProxy
package import PaddockReplay

extension ExchangeRecord {
    /// Whether a trace has a line for it: only if it reached the admission.
    package var isTraced: Bool { self.isArrival && self.outcome != .refused }
}

extension TraceEntry {
    /// The trace's entry of a request.
    ///
    /// - Parameters:
    ///   - record: what became of the request.
    ///   - offset: what an instant lacks to be nanoseconds since 1970.
    ///   - backend: the URL of its backend.
    package init(_ record: ExchangeRecord, offset: Int64, backend: String?) {
        self.init()
        self.arrived = record.arrived.map { $0.nanoseconds + offset }
        self.id = record.id
        self.model = record.model?.description
        self.client = record.client.name
        self.requestClass = record.requestClass
        self.weight = record.client.weight
        self.isStream = record.expectsStream
        let deadline = record.began.advanced(by: record.timeout)
        self.deadline = record.arrived.map { deadline.nanoseconds - $0.nanoseconds }
        self.isStated = record.isTimeoutStated
        self.wait = record.waited?.count
        self.firstByte = record.firstByteTime?.count
        self.load = record.loadTime?.count
        self.chosenBy = record.rule?.name
        self.processing = record.processingTime?.count
        self.outcome = record.outcome
        self.status = record.status
        self.tokensIn = record.tokens.map { Int($0.prompt) }
        self.tokensOut = record.tokens.map { Int($0.answer) }
        self.backend = backend
    }
}
