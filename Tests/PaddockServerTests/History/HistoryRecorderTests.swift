// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockConfiguration
import PaddockStore
import Testing

@testable import PaddockProxy
@testable import PaddockServer

@Suite("Ended requests that are kept")
struct HistoryRecorderTests {
    @Test("What is told of a request is kept as it is shown")
    func kept() throws {
        let names = BackendNames([.ollama])
        let log = ServerLog(Configuration(), eventLoops: 1, backends: names)
        let store = try Store(inMemoryBecause: "of the test")
        let recorder = HistoryRecorder(store, backends: names, eventLoops: 2, daysKept: 7, logger: log.logger)
        for ending in Ending.allCases { recorder.ended(SharedRecord(.fixed("\(ending)", ending)), onLoop: 1) }
        let query = RequestQuery(ended: 0..<Int64.max, limit: 100)
        let requests = try recorder.requests(query)
        #expect(Set(requests.map(\.outcome)) == Set(Ending.ofArrivals.map(\.rawValue)))
        #expect(requests.allSatisfy { $0.client == "alice" && $0.model == "llama2" })
        #expect(requests.allSatisfy { $0.story.contains(#""state":"ended""#) })
        // At most once each.
        #expect(try recorder.requests(query).count == requests.count)
        #expect(recorder.lost == 0)
    }

    private static func query(_ text: String) throws(ErrorReply) -> RequestQuery {
        try RequestQuery(OwnRequest(method: "GET", path: "/admin/requests", query: text))
    }

    @Test("A search is read from the query")
    func query() throws {
        let query = try Self.query(
            "client=user%3Aada&model=llama2:latest&outcome=timed_out&since=1970-01-02&until=1970-01-02T01&limit=7"
        )
        #expect(
            query.client == "user:ada" && query.model == "llama2" && query.outcome == "timed_out" && query.limit == 7
        )
        #expect(query.ended == 86_400_000..<93_600_000)
        #expect(try Self.query("") == RequestQuery(ended: 0..<Int64.max, limit: 100))
    }

    @Test(
        "Everything else is refused",
        arguments: [
            "limit=0", "limit=10001", "limit=x", "outcome=lost", "outcome=refused", "since=now", "until=1970-1-1",
            "model=",
            "since=1970-01-03&until=1970-01-02",
        ]
    )
    func refused(text: String) {
        #expect(throws: ErrorReply.self) { try Self.query(text) }
    }
}
