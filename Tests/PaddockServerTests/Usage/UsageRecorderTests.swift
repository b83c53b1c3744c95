// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockConfiguration
import PaddockStore
import Testing

@testable import PaddockProxy
@testable import PaddockServer

@Suite("Usage of ended requests")
struct UsageRecorderTests {
    private static func recorder(_ store: Store) throws -> UsageRecorder {
        let names = BackendNames([.ollama])
        let log = ServerLog(.init(), eventLoops: 1, backends: names)
        let events = try EventLog(nil, log.logger)
        return try UsageRecorder(store, eventLoops: 2, daysKept: 400, events: events)
    }

    private static let everything = UsageQuery(hours: 0...24_000_000 - 1, by: [.client, .model])

    @Test("A reading has every request that has ended, by its ending")
    func reading() throws {
        let recorder = try Self.recorder(try Store(inMemoryBecause: "of the test"))
        for ending in Ending.allCases { recorder.ended(SharedRecord(.fixed("id", ending)), onLoop: 1) }
        var elsewhere = ExchangeRecord.fixed("id")
        elsewhere.arrived = nil
        recorder.ended(SharedRecord(elsewhere), onLoop: 0)
        let row = try #require(try recorder.usage(Self.everything).first)
        #expect(row.client == "alice" && row.model == "llama2")
        let counts = row.counts
        #expect(counts.requests == 6)
        #expect([counts.completed, counts.rejected, counts.failed, counts.timedOut] == [1, 1, 1, 1])
        #expect([counts.wouldTimeOut, counts.cancelled] == [1, 1])
        #expect(recorder.status == .init(place: "memory", trouble: nil, pending: 0, lost: 0, failures: 0))
    }

    @Test("Tokens are added up, those that are an estimate also by themselves")
    func tokens() throws {
        let recorder = try Self.recorder(try Store(inMemoryBecause: "of the test"))
        for tokens in [nil, TokenCounts(prompt: 7, answer: 3), TokenCounts(prompt: 0, answer: 5, isEstimate: true)] {
            var record = ExchangeRecord.fixed("id")
            record.tokens = tokens
            recorder.ended(SharedRecord(record), onLoop: 0)
        }
        let counts = try #require(try recorder.usage(Self.everything).first).counts
        #expect([counts.tokensIn, counts.tokensOut, counts.tokensEstimated] == [7, 8, 5])
    }

    @Test("Slot and waiting time are added up")
    func times() throws {
        let recorder = try Self.recorder(try Store(inMemoryBecause: "of the test"))
        var record = ExchangeRecord.fixed("id")
        record.arrived = Instant(nanoseconds: 0)
        record.started = Instant(nanoseconds: 2_000_000_000)
        record.ended = Instant(nanoseconds: 5_000_000_000)
        for _ in 0..<1000 { recorder.ended(SharedRecord(record), onLoop: 0) }
        // Rejected: it waited, and had no slot.
        record.outcome = .rejected
        record.started = nil
        recorder.ended(SharedRecord(record), onLoop: 0)
        let counts = try #require(try recorder.usage(Self.everything).first).counts
        #expect(counts.completed == 1000 && counts.rejected == 1)
        #expect(counts.slotMicroseconds == 3_000_000_000)
        #expect(counts.waitMicroseconds == 2_005_000_000)
    }
}
