// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON
import PaddockProxy
import Testing

@testable import PaddockServer
@testable import PaddockStore

@Suite("Questions about usage, and answers")
struct UsageAnswerTests {
    private static func query(_ text: String?) throws(ErrorReply) -> UsageQuery {
        try UsageQuery(OwnRequest(method: "GET", path: "/admin/usage", query: text), today: 100)
    }

    @Test("Without a query it is the last 30 days, by client")
    func standard() throws {
        #expect(try Self.query(nil) == UsageQuery(hours: 71 * 24...100 * 24 + 23, by: [.client]))
    }

    @Test(
        "Days and hours at both ends count",
        arguments: [
            ("from=1970-01-02&to=1970-01-02", 24...47), ("from=1970-01-02T05&to=1970-01-02T06", 29...30),
            ("from=1970-01-01&to=1970-01-02T00", 0...24), ("to=1970-02-10", 264...40 * 24 + 23),
        ]
    )
    func range(text: String, hours: ClosedRange<Int>) throws {
        #expect(try Self.query(text).hours == hours)
    }

    @Test(
        "What rows are of is a list",
        arguments: [
            ("by=model,client", [UsageQuery.Dimension.model, .client]), ("by=day%2Chour", [.day, .hour]), ("by=", []),
        ]
    )
    func by(text: String, by: [UsageQuery.Dimension]) throws {
        #expect(try Self.query(text).by == by)
    }

    @Test(
        "Everything else is refused",
        arguments: [
            "by=user", "by=client,client", "from=1970-02-30", "from=yesterday", "to=1970-01-02T24", "from=1970-01-02T5",
            "from=1970-04-12&to=1970-04-11", "to=70-01-01", "from=1970-1-1", "from=%zz-01-01x",
        ]
    )
    func refused(text: String) {
        #expect(throws: ErrorReply.self) { try Self.query(text) }
    }

    @Test("JSON has the columns of the contract in their order, and CSV the same")
    func formats() {
        var row = UsageRow()
        row.model = "=cmd,\"x\""
        row.day = 1
        row.counts.completed = 2
        row.counts.rejected = 1
        row.counts.tokensOut = 5
        row.counts.tokensEstimated = 2
        row.counts.slotMicroseconds = 1_234_567
        let table = UsageTable(query: UsageQuery(hours: 0...47, by: [.model, .day]), rows: [row])
        #expect(
            table.json.string == #"{"from":"1970-01-01T00","to":"1970-01-02T23","by":["model","day"],"usage":[{"#
                + #""model":"=cmd,\"x\"","day":"1970-01-02","requests":3,"completed":2,"rejected":1,"failed":0,"#
                + #""timed_out":0,"would_time_out":0,"cancelled":0,"tokens_in":0,"tokens_out":5,"tokens_estimated":2,"#
                + #""slot_seconds":1.235,"wait_seconds":0.0}]}"#
        )
        #expect(
            table.csv == "model,day,requests,completed,rejected,failed,timed_out,would_time_out,cancelled,tokens_in,"
                + "tokens_out,tokens_estimated,slot_seconds,wait_seconds\r\n"
                + "\"'=cmd,\"\"x\"\"\",1970-01-02,3,2,1,0,0,0,0,0,5,2,1.235,0.0\r\n"
        )
    }
}
