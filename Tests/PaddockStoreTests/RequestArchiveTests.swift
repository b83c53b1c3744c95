// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockStore

@Suite("Requests that are kept after their end")
struct RequestArchiveTests {
    private static func request(_ number: Int64, _ client: String = "alice", _ outcome: String = "completed")
        -> StoredRequest
    {
        StoredRequest(
            endedAt: number,
            client: client,
            model: "llama2",
            outcome: outcome,
            story: #"{"id":"\#(number)"}"#
        )
    }

    private static func found(_ archive: RequestArchive, _ change: (inout RequestQuery) -> Void = { _ in }) throws
        -> [Int64]
    {
        var query = RequestQuery(ended: 0..<Int64.max, limit: 100)
        change(&query)
        return try archive.requests(query).map(\.endedAt)
    }

    @Test("They are found by what is asked for, the last one first")
    func search() throws {
        let archive = RequestArchive(try Store(inMemoryBecause: "of the test"))
        try archive.add([Self.request(1), Self.request(2, "bob"), Self.request(3, "alice", "failed")])
        try archive.add([Self.request(4, "bob", "failed"), Self.request(4, "bob")])
        #expect(try Self.found(archive) == [4, 4, 3, 2, 1])
        #expect(try Self.found(archive) { $0.limit = 2 } == [4, 4])
        #expect(try Self.found(archive) { $0.client = "alice" } == [3, 1])
        #expect(try Self.found(archive) { $0.outcome = "failed" } == [4, 3])
        #expect(try Self.found(archive) { ($0.client, $0.outcome) = ("bob", "failed") } == [4])
        #expect(try Self.found(archive) { $0.model = "qwen3" }.isEmpty)
        #expect(try Self.found(archive) { $0.ended = 2..<4 } == [3, 2])
        #expect(try archive.requests(RequestQuery(ended: 1..<2, limit: 1)) == [Self.request(1)])
    }

    @Test("The oldest are removed by time and by number")
    func bounded() throws {
        let archive = RequestArchive(try Store(inMemoryBecause: "of the test"), most: 3)
        try archive.add((1...5).map { Self.request($0) })
        #expect(try Self.found(archive) == [5, 4, 3])
        try archive.remove(before: 5)
        #expect(try Self.found(archive) == [5])
        try archive.add([Self.request(6)])
        #expect(try Self.found(archive) == [6, 5])
    }
}
