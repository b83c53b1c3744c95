// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import Testing

@testable import PaddockProxy
@testable import PaddockServer

@Suite("Requests that have ended")
struct RequestHistoryTests {
    private static func record(_ id: String, status: Int) -> SharedRecord {
        let now = Instant(nanoseconds: 1)
        return SharedRecord(
            ExchangeRecord(
                id: id,
                client: Client(name: "alice"),
                requestClass: .interactive,
                requestLine: "POST /api/chat",
                isQueued: true,
                model: ModelName("llama2"),
                backend: 0,
                status: status,
                outcome: .completed,
                code: nil,
                isStream: false,
                expectsStream: false,
                timeout: .seconds(30),
                place: 0,
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
        )
    }

    @Test("The last 10,000 are found by their ids, the newest of several", arguments: [10, 10_000, 10_001, 12_345])
    func found(count: Int) throws {
        let history = RequestHistory()
        for number in 0..<count { history.ended(Self.record("id-\(number)", status: 200), onLoop: 0) }
        history.ended(Self.record("id-\(count - 2)", status: 201), onLoop: 0)
        let oldest = max(0, count + 1 - RequestHistory.capacity)
        let ids: Set = ["id-\(oldest)", "id-\(oldest - 1)", "id-\(count - 2)", "id-\(count - 1)", "none"]
        let stories = history.stories(ids)
        #expect(stories.keys.sorted() == ["id-\(oldest)", "id-\(count - 2)", "id-\(count - 1)"].sorted())
        #expect(stories["id-\(count - 2)"]?.status == 201)
        #expect(RequestHistory().stories(["id-1"]).isEmpty)
    }
}
