// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockProxy
@testable import PaddockServer

@Suite("Bursts of refusals")
final class RefusalBurstsTests {
    private var bursts = RefusalBursts()

    private static func time(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64((seconds * 1e9).rounded())) }

    private func due(at seconds: Double) -> [RefusalSum] { self.bursts.due(now: Self.time(seconds)) }

    private func end() -> [RefusalSum] { self.bursts.end() }

    private func add(_ client: String, _ code: String = "queue_full", at seconds: Double) -> Bool {
        var record = ExchangeRecord.fixed("at \(seconds)", .rejected)
        record.client = Client(name: client)
        record.code = code
        record.ended = Self.time(seconds)
        return self.bursts.add(SharedRecord(record), code: code, now: record.ended)
    }

    @Test("The first has a line at once, the others one every ten seconds")
    func flood() {
        #expect(self.add("alice", at: 0))
        for step in 1...1_000 { #expect(!self.add("alice", at: 1 + Double(step) / 1_000)) }
        #expect(self.due(at: 9.9).isEmpty)
        let sums = self.due(at: 10)
        #expect(sums.map(\.count) == [1_000])
        #expect(sums.first?.length == .milliseconds(999))
        #expect(sums.first?.last.record.id == "at 2.0")

        #expect(!self.add("alice", at: 15))
        #expect(self.due(at: 19.9).isEmpty)
        #expect(self.due(at: 20).map(\.count) == [1])
        // Ten seconds without any: it is over.
        #expect(self.due(at: 30).isEmpty)
        #expect(self.bursts.count == 0)
        #expect(self.add("alice", at: 30.5))
    }

    @Test("Clients, and errors of one client, are bursts of their own")
    func apart() {
        #expect(self.add("alice", at: 0))
        #expect(self.add("bob", at: 0))
        #expect(self.add("alice", "rate_limit_exceeded", at: 0))
        #expect(!self.add("alice", at: 2))
        #expect(!self.add("bob", at: 1))
        #expect(self.due(at: 12).map(\.last.record.client.name) == ["bob", "alice"])
    }

    @Test("With too many clients, those that come later are counted together, by their error")
    func many() {
        for number in 0..<RefusalBursts.most { #expect(self.add("client \(number)", at: 0)) }
        #expect(self.add("late", at: 1))
        for number in 0..<10_000 { #expect(!self.add("later \(number)", at: 2)) }
        #expect(self.add("latest", "unauthorized", at: 3))
        #expect(self.bursts.count == RefusalBursts.most + 2)
        let sums = self.due(at: 20)
        #expect(sums.map(\.count) == [10_000])
        #expect(sums.first?.last.record.client.name == RefusalBursts.others)
        #expect(self.bursts.count == 1)
    }

    @Test("At the end all that was counted becomes lines")
    func ends() {
        #expect(self.add("alice", at: 0))
        #expect(self.end().isEmpty)
        #expect(self.add("alice", at: 1))
        #expect(!self.add("alice", at: 2))
        #expect(self.end().map(\.count) == [1])
        #expect(self.bursts.count == 0)
    }

    @Test("What has no code of ours, or has failed, is no refusal", arguments: Ending.allCases)
    func refusals(ending: Ending) {
        var record = ExchangeRecord.fixed("id", ending)
        #expect(!record.isRefusal)
        record.code = "some_code"
        #expect(record.isRefusal == [.completed, .rejected, .wouldTimeOut, .refused].contains(ending))
    }
}
