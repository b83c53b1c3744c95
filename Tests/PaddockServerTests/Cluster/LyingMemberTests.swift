// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockCluster
import PaddockJSON
import PaddockProxy
import Testing

@testable import PaddockServer

/// A member that knows the secret may say anything of itself, and whoever asks for all gets an answer all the same.
@Suite("Answers of a member that says what cannot be")
struct LyingMemberTests {
    /// Documents of the names that members use, with values that none of them would have.
    private struct Liar {
        static let numbers = [
            "0", "1", "-1", "2", "9007199254740993", "9223372036854775807", "-9223372036854775808",
            "9223372036854775808",
            "18446744073709551615", "1e308", "-1e308", "1e999", "0.5", "-0", String(repeating: "9", count: 400),
        ]
        static let names = [
            "total", "troubles", "troubles_total", "troubles_critical", "requests", "ended", "events", "unserved",
            "order", "by_id",
            "number", "entry", "position", "times", "interval_seconds", "active", "wait_ms_p90", "models",
            "total_models", "clients",
            "client", "share", "fair_share", "slice_service", "slice_work", "weight", "last_request", "total_processed",
            "avg_wait_time_ms", "batch", "model", "arrived", "waited_ms", "processing_ms", "active_requests",
            "queued_requests",
            "total_requests", "member", "state", "since", "kind", "severity", "time", "limit", "0", "1", "29",
            "9223372036854775807",
            "9007199254740992", "-9223372036854775808", "",
        ]
        static let texts = [
            "", "x", "active", "critical", "9999-12-31T23:59:59.999999999Z", "0000-01-01T00:00:00Z", "\\u0000", "1",
        ]

        var random: SeededRandom

        mutating func pick(_ from: [String]) -> String { from[self.random.number(below: from.count)] }

        mutating func value(_ depth: Int) -> String {
            switch self.random.number(below: depth > 0 ? 9 : 5) {
            case 0...2: return self.pick(Self.numbers)
            case 3: return "\"\(self.pick(Self.texts))\""
            case 4: return self.pick(["null", "true", "[]", "{}"])
            case 5, 6:
                return
                    "[\((0..<self.random.number(below: 6)).map { _ in self.value(depth - 1) }.joined(separator: ","))]"
            default: return self.object(depth - 1)
            }
        }

        mutating func object(_ depth: Int) -> String {
            let members = (0...self.random.number(below: 12)).map { _ in
                "\"\(self.pick(Self.names))\":\(self.value(depth))"
            }
            return "{\(members.joined(separator: ","))}"
        }

        mutating func document() throws -> JSONValue { try JSONValue(parsing: Array(self.object(4).utf8)) }
    }

    @Test("Every way to make one answer of theirs ends with one", arguments: 0..<4 as Range<UInt64>)
    func anything(seed: UInt64) throws {
        var liar = Liar(random: SeededRandom(seed: seed))
        var request = OwnRequest(method: "GET", path: "/", query: "limit=10")
        request.role = .viewer
        let joins: [MemberJoin] = [.sum, .ended(limit: 5), .troubles, .events, .history, ClientSum.join]
        for _ in 0..<200 {
            let documents = try "abc".map { (member: String($0), value: try liar.document()) }
            for join in joins { _ = join.join(documents, request).map { JSONText(of: $0).bytes } }
            let parts = documents.map { document in
                var contents = ViewDocument.Contents()
                contents.members = document.value.object ?? JSONObject()
                contents.models = (document.value["models"]?.object?.members ?? []).map { ($0.key, $0.value) }
                return ViewSum.Part(member: document.member, contents: contents)
            }
            var sum = ViewSum.of(parts, own: parts[0].contents, shown: nil)
            sum.models = ViewSum.busiest(sum.models, 2)
            _ = sum.json.bytes
            let places = documents.map(\.value)
            let page = RequestPage(
                documents.map { RequestPage.Part(name: $0.member, id: "x", answer: $0.value) },
                places: places,
                limit: 10
            )
            #expect(page.total >= 0 && page.requests.count <= 10)
        }
    }

    @Test("Counts that cannot be are the nearest that can, and their sum is no other one's")
    func counts() throws {
        let most = #"{"total":9223372036854775807,"served":9223372036854775807,"least":-9223372036854775808}"#
        let document = try JSONValue(parsing: Array(most.utf8))
        let sum = try #require(MemberSum.of([("a", document), ("b", document)]))
        #expect(sum["served"]?.integer == .max && sum["least"]?.integer == .min)
        let part = RequestPage.Part(name: "a", id: "a", answer: document)
        #expect(RequestPage([part, part], places: [], limit: 1).total == 1 << 54)
    }

    @Test("Numbers of entries that nobody can have given are none, and the same ones stay apart")
    func numbers() throws {
        let text =
            #"{"ended":{"9223372036854775807":{"id":"x"},"-5":{"id":"y"},"7":{"id":"a"},"7":{"id":"b"},"8":{"id":"c"}}}"#
        var contents = ViewDocument.Contents()
        contents.members = try #require(try JSONValue(parsing: Array(text.utf8)).object)
        let sum = ViewSum.of([ViewSum.Part(member: "a", contents: contents)], own: contents, shown: nil)
        let ended = try #require(sum.members["ended"]?.object)
        #expect(ended.members.map(\.key) == ["9", "8", "7"])
        #expect(ended.members.map { $0.value["id"]?.string } == ["c", "b", "a"])
    }

    @Test("A list of very many things that nothing names is read once")
    func manyThings() throws {
        func list(_ numbers: Range<Int>) throws -> JSONValue {
            try JSONValue(parsing: Array("{\"list\":[\(numbers.map(String.init).joined(separator: ","))]}".utf8))
        }
        let sum = try #require(MemberSum.of([("a", try list(0..<200_000)), ("b", try list(100_000..<300_000))]))
        #expect(sum["list"]?.array?.count == 300_000)
    }

    @Test("An answer has a status that a client can be given", arguments: ["-99", "0", "99", "100", "600", "999", "x"])
    func status(_ status: String) {
        #expect(MemberAnswer(Array("\(status)\n{}".utf8)) == nil)
        #expect(MemberAnswer(Array("200\n{}".utf8))?.status == 200)
    }
}
