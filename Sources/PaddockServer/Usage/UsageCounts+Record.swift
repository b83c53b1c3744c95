// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy
internal import PaddockStore

extension ExchangeRecord {
    /// Whether it counts as usage: it reached the admission, and Paddock did not refuse it.
    var isUsage: Bool { self.isArrival && self.outcome != .refused }
}

extension UsageKey {
    /// The row of a request that reached the admission.
    ///
    /// - Parameters:
    ///   - record: what became of the request.
    ///   - offset: what an instant lacks to be nanoseconds since 1970.
    init(_ record: ExchangeRecord, offset: Int64) {
        self.init(
            hour: Int((record.ended.nanoseconds + offset) / 3_600_000_000_000),
            client: record.client.name,
            model: record.model?.description ?? ""
        )
    }
}

extension UsageCounts {
    /// What a request adds.
    init(_ record: ExchangeRecord) {
        self.init()
        switch record.outcome {
        case .completed: self.completed = 1
        case .rejected: self.rejected = 1
        case .failed: self.failed = 1
        case .timedOut: self.timedOut = 1
        case .wouldTimeOut: self.wouldTimeOut = 1
        case .cancelled: self.cancelled = 1
        case .refused: break
        }
        self.slotMicroseconds = Int((record.processingTime ?? .zero).count / 1000)
        self.waitMicroseconds = Int((record.waited ?? .zero).count / 1000)
        guard let tokens = record.tokens else { return }
        self.tokensIn = Int(tokens.prompt)
        self.tokensOut = Int(tokens.answer)
        if tokens.isEstimate { self.tokensEstimated = self.tokensOut }
    }
}
