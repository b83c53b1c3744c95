// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockConfiguration
import PaddockProxy
import PaddockTesting
import Testing

@testable import PaddockServer

@Suite("Clients on the board")
struct ClientBoardTests {
    private let gateway = FixedGateway(parallel: 1, queue: 4)
    private let history = RequestHistory.arrivals()

    private func board() -> ClientBoard { ClientBoard(self.gateway.admission, self.history) }

    private static func record(
        of client: String,
        _ outcome: Ending = .completed,
        code: String? = nil,
        at seconds: Int64 = 1
    ) -> SharedRecord {
        var record = ExchangeRecord.fixed("id", outcome)
        record.client = Client(name: client)
        record.code = code
        record.arrived = FixedGateway.time(seconds - 1)
        record.started = outcome == .completed ? FixedGateway.time(seconds - 1) : nil
        record.ended = FixedGateway.time(seconds)
        record.tokens = outcome == .completed ? TokenCounts(prompt: 7, answer: 3) : nil
        return SharedRecord(record)
    }

    @Test("Every ending is counted once")
    func endings() throws {
        let board = self.board()
        for outcome in Ending.allCases where outcome != .refused {
            self.history.ended(Self.record(of: "alice", outcome), onLoop: 0)
        }
        self.history.ended(Self.record(of: "alice", .rejected, code: "rate_limit_exceeded"), onLoop: 0)
        var refused = ExchangeRecord.fixed("id", .refused)
        (refused.arrived, refused.model) = (nil, nil)
        board.ended(SharedRecord(refused), onLoop: 0)
        // It is in the history.
        board.ended(Self.record(of: "alice"), onLoop: 0)
        let entry = try #require(board.reading(now: FixedGateway.time(2)).entry(of: "alice"))
        var counts = ClientTally.Counts()
        counts.requests = 8
        (counts.completed, counts.rejected, counts.failed, counts.timedOut) = (1, 1, 1, 1)
        (counts.cancelled, counts.wouldTimeOut, counts.refused) = (1, 1, 2)
        (counts.tokensIn, counts.tokensOut) = (7, 3)
        #expect(entry.tally.counts == counts)
    }

    @Test("What runs and waits is counted, and has its share")
    func live() throws {
        for _ in 0..<3 { self.gateway.arrive("llama2", at: 100) }
        let reading = self.board().reading(now: FixedGateway.time(101))
        let entry = try #require(reading.entry(of: "127.0.0.1"))
        #expect(entry.running == 1 && entry.waiting == 2)
        #expect(entry.share?.share == 1 && entry.share?.fair == 1)
        #expect(entry.tally.counts == ClientTally.Counts())
    }

    @Test("The last names of strangers are known, and all that are declared")
    func manyNames() {
        let board = self.board()
        board.declare([DeclaredClient(name: "alice")])
        for number in 0..<20_000 {
            self.history.ended(Self.record(of: "stranger-\(number)", at: Int64(number + 1)), onLoop: 0)
            if number % 5_000 == 0 { #expect(board.isKnown("stranger-\(number)")) }
        }
        #expect(board.isKnown("alice") && board.isKnown("stranger-19999") && !board.isKnown("stranger-10000"))
        #expect(board.count <= ClientTallies.most + 600)
    }

    @Test("Names of refused requests are bounded", arguments: [10, 5_000])
    func refusedNames(count: Int) {
        let board = self.board()
        for number in 0..<count {
            var record = ExchangeRecord.fixed("id", .refused)
            (record.client, record.arrived, record.model) = (Client(name: "\(number)"), nil, nil)
            board.ended(SharedRecord(record), onLoop: 0)
        }
        #expect(board.count == min(count, 1_024))
    }

    @Test("A list is sorted and cut", arguments: ClientsReading.Sorting.allCases)
    func sorted(by sorting: ClientsReading.Sorting) {
        let board = self.board()
        for number in 1...9 {
            for _ in 0..<number { self.history.ended(Self.record(of: "c\(number)", at: Int64(number)), onLoop: 0) }
        }
        let names = board.reading(now: FixedGateway.time(20)).entries(by: sorting, limit: 3).map(\.name)
        switch sorting {
        case .busy, .share, .requests, .tokens, .last: #expect(names == ["c9", "c8", "c7"])
        case .name, .running, .waiting, .refused, .wait: #expect(names == ["c1", "c2", "c3"])
        }
    }
}
