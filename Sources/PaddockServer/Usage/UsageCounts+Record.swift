// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy
internal import PaddockStore

// Here and below field by field: a record that is handed on as a whole is copied.

extension SharedRecord {
    /// Whether it counts as usage: it reached the admission, and Paddock did not refuse it.
    var isUsage: Bool {
        // A pattern, as `!=` is a call through the table of a protocol.
        if case .refused = self.record.outcome { return false }
        return self.record.isQueued && self.record.arrived != nil && self.record.model != nil
    }

    /// The hour in which it ended, in hours since 1970.
    ///
    /// - Parameter offset: what an instant lacks to be nanoseconds since 1970.
    func hour(offset: Int64) -> Int { Int((self.record.ended.nanoseconds + offset) / 3_600_000_000_000) }
}

extension SharedRecord {
    /// Whether it is of the client and the model of another one, and ended in the same hour.
    @inline(__always)
    func isOfSameRow(as other: SharedRecord, offset: Int64) -> Bool {
        self.record.client.name == other.record.client.name
            && self.record.model?.description == other.record.model?.description
            && self.hour(offset: offset) == other.hour(offset: offset)
    }
}

extension UsageKey {
    /// The row of a request that reached the admission.
    ///
    /// - Parameters:
    ///   - shared: what became of the request.
    ///   - hour: the hour in which it ended.
    init(_ shared: SharedRecord, hour: Int) {
        self.init(hour: hour, client: shared.record.client.name, model: shared.record.model?.description ?? "")
    }
}

extension UsageCounts {
    /// Adds a request.
    mutating func add(_ shared: SharedRecord) {
        switch shared.record.outcome.total {
        case .completed: self.completed += 1
        case .rejected: self.rejected += 1
        case .failed: self.failed += 1
        case .timedOut: self.timedOut += 1
        case .wouldTimeOut: self.wouldTimeOut += 1
        case .cancelled: self.cancelled += 1
        case .refused: return
        }
        let ended = shared.record.ended
        let started = shared.record.started
        if let started { self.slotMicroseconds += Int((ended - started).count / 1000) }
        if let arrived = shared.record.arrived {
            self.waitMicroseconds += Int(((started ?? ended) - arrived).count / 1000)
        }
        if let tokens = shared.record.tokens {
            self.tokensIn += Int(tokens.prompt)
            self.tokensOut += Int(tokens.answer)
            if tokens.isEstimate { self.tokensEstimated += Int(tokens.answer) }
        }
    }
}
