// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting

@testable import PaddockProxy

/// An admission to which the same things happen in every test, at the same times.
struct FixedGateway {
    let admission: AdmissionController
    /// When it began.
    static let start = Instant(nanoseconds: 0)

    /// - Parameter named: models that the config names.
    init(parallel: Int = 1, queue: Int = 1, named: [ModelName] = []) {
        var options = AdmissionOptions(limits: Limits(parallel: parallel, queue: queue))
        options.models = Dictionary(uniqueKeysWithValues: named.map { ($0, LimitOverrides()) })
        self.admission = AdmissionController(options, now: Self.start, onDeadline: { _, _ in })
    }

    /// A request that takes a second until its first byte and another until it ends, with 100 bytes in 4 chunks.
    func run(_ model: ModelName, at seconds: Int64, status: Int = 200) {
        guard let slot = self.arrive(model, at: seconds) else { return }
        var progress = ReplyProgress()
        progress.firstByte = Self.time(seconds + 1)
        progress.isStream = true
        progress.bytes = 100
        progress.chunks = 4
        progress.tokens = TokenCounts(prompt: 7, answer: 3)
        progress.status = status
        self.admission.lease(slot).end(.completed, progress, now: Self.time(seconds + 2))
    }

    /// A request that stays: with a slot, in the queue, or not at all.
    @discardableResult
    func arrive(_ model: ModelName, at seconds: Int64) -> Slot? {
        let request = ArrivingRequest(
            id: "id",
            model: model,
            client: Client(name: "127.0.0.1"),
            deadline: .distantFuture
        )
        let arrival = self.admission.arrive(request, waiter: DeafWaiter(), now: Self.time(seconds))
        if case .start(let slot) = arrival { return slot }
        return nil
    }

    func snapshot(at seconds: Int64) -> AdmissionSnapshot { self.admission.snapshot(now: Self.time(seconds)) }

    static func time(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }
}

/// A waiter that is never called.
private final class DeafWaiter: Waiter {
    func hear(_ answer: WaiterAnswer) {}
}

extension ExchangeRecord {
    /// A request for `llama2` that ended at once.
    static func fixed(_ id: String, _ outcome: Ending = .completed) -> ExchangeRecord {
        let now = Instant(nanoseconds: 1)
        return ExchangeRecord(
            id: id,
            client: Client(name: "alice"),
            requestClass: .interactive,
            requestLine: "POST /api/chat",
            isQueued: true,
            model: "llama2",
            backend: 0,
            status: 200,
            outcome: outcome,
            code: nil,
            isStream: false,
            expectsStream: false,
            timeout: .seconds(30),
            position: 0,
            estimatedWait: nil,
            rule: .freeSlot,
            began: now,
            arrived: now,
            started: now,
            firstByte: now,
            ended: now,
            bytesIn: 1,
            bytesOut: 1,
            chunks: 1
        )
    }
}
