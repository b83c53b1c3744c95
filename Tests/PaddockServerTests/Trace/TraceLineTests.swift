// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockReplay
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockServer

@Suite("TraceLine")
struct TraceLineTests {
    /// A request that waited 12.5 ms, streamed its first byte after 210 ms and took 1840.2 ms.
    private var record: ExchangeRecord {
        var durations = ReplyDurations()
        durations.load = Nanoseconds(82_500_000)
        let began = Instant(nanoseconds: 5_000_000_000)
        let arrived = began.advanced(by: .milliseconds(1))
        let started = arrived.advanced(by: .microseconds(12_500))
        var record = ExchangeRecord.fixed("k3v")
        record.client = Client(name: "alice", weight: 2)
        record.requestClass = .batch
        record.isStream = true
        record.expectsStream = true
        record.isTimeoutStated = true
        record.rule = .leastService
        record.began = began
        record.arrived = arrived
        record.started = started
        record.firstByte = started.advanced(by: .milliseconds(210))
        record.ended = started.advanced(by: .microseconds(1_840_200))
        record.durations = durations
        record.rule = .leastService
        record.tokens = TokenCounts(prompt: 26, answer: 63)
        return record
    }

    private func text(_ record: ExchangeRecord) -> String? {
        guard record.isTraced else { return nil }
        return LineBuffer.withLine({
            TraceEntry(record, offset: 1_795_521_600_000_000_000, backend: "http://127.0.0.1:11434").write(to: &$0)
        }) { String(decoding: $0, as: UTF8.self) }
    }

    private func entry(_ line: Substring) -> TraceEntry? {
        let bytes = Array(line.utf8)
        return TraceEntry(bytes.span)
    }

    @Test("The line is that of the contract")
    func line() {
        #expect(
            self.text(self.record) == #"{"arrived":1795521605.001000,"id":"k3v","model":"llama2","client":"alice","#
                + #""class":"batch","weight":2,"stream":true,"deadline":29.999000,"stated":true,"wait":0.012500,"#
                + #""first_byte":0.210000,"load":0.082500,"chosen_by":"least_service","processing":1.840200,"#
                + #""outcome":"completed","status":200,"tokens_in":26,"tokens_out":63,"backend":"http://127.0.0.1:11434"}"#
                + "\n"
        )
    }

    @Test("Written lines can be read")
    func roundTrip() throws {
        var record = self.record
        record.client = Client(name: "user:\"Zoë\"\n\u{1F600}", weight: 0.25)
        let line = try #require(self.text(record)).dropLast()
        let entry = try #require(self.entry(line))
        #expect(entry.arrived == 1_795_521_605_001_000_000)
        #expect(entry.model == "llama2")
        #expect(entry.client == "user:\"Zoë\"\n\u{1F600}")
        #expect(entry.requestClass == .batch)
        #expect(entry.weight == 0.25)
        #expect(entry.isStream && entry.isStated)
        #expect(entry.deadline == 29_999_000_000)
        #expect(entry.wait == 12_500_000)
        #expect(entry.firstByte == 210_000_000)
        #expect(entry.load == 82_500_000)
        #expect(entry.processing == 1_840_200_000)
        #expect(entry.outcome == .completed)
        #expect(entry.status == 200)
    }

    @Test("Without a slot there is no processing time, only a wait")
    func withoutSlot() throws {
        var record = self.record
        (record.started, record.firstByte, record.outcome) = (nil, nil, .timedOut)
        let line = try #require(self.text(record)).dropLast()
        let entry = try #require(self.entry(line))
        #expect(entry.processing == nil)
        #expect(entry.firstByte == nil)
        #expect(entry.wait == 1_852_700_000)
        #expect(entry.outcome == .timedOut)
    }

    @Test("A request that never reached the admission has no line")
    func noLine() {
        var record = self.record
        record.arrived = nil
        #expect(self.text(record) == nil)
        record = self.record
        record.isQueued = false
        #expect(self.text(record) == nil)
    }

    @Test("Every outcome but a refusal can be replayed", arguments: Ending.allCases)
    func outcomes(_ outcome: Ending) {
        #expect((Ending(arrivalRawValue: outcome.rawValue) != nil) == (outcome != .refused))
    }
}
