// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockConfiguration
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockServer

@Suite("Lines of the access log")
struct AccessLineTests {
    private static func record() -> ExchangeRecord {
        var record = ExchangeRecord.fixed("abc")
        record.client = Client(name: "10.0.0.7")
        record.isStream = true
        record.began = Instant(nanoseconds: 0)
        record.arrived = Instant(nanoseconds: 1_000_000)
        record.started = Instant(nanoseconds: 13_460_000)
        record.firstByte = Instant(nanoseconds: 223_460_000)
        record.ended = Instant(nanoseconds: 1_853_500_000)
        (record.bytesIn, record.bytesOut, record.chunks) = (44, 5120, 64)
        record.durations = Self.durations
        record.tokens = TokenCounts(prompt: 26, answer: 63)
        return record
    }

    private static var durations: ReplyDurations {
        var durations = ReplyDurations()
        durations.load = Nanoseconds(82_500_000)
        return durations
    }

    private static func text(_ sum: RefusalSum, json: Bool = false) -> String {
        var lines = AccessLineWriter(backends: BackendNames([]), offset: 0)
        return LineBuffer.withLine({ lines.write(&$0, sum, isJSON: json) }) { String(decoding: $0, as: UTF8.self) }
    }

    private static func text(_ record: ExchangeRecord, json: Bool = false) -> String {
        var lines = AccessLineWriter(
            backends: BackendNames([BackendURL(host: "b", port: 1)]),
            offset: 1_795_521_598_269_500_000
        )
        return LineBuffer.withLine({ lines.write(&$0, SharedRecord(record), isJSON: json) }) {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test("Text: pairs in columns")
    func text() {
        #expect(
            Self.text(Self.record())
                == "time=2026-11-24T12:00:00.123Z status=200 outcome=completed method=POST path=/api/chat           "
                + " model=llama2       wait_ms=12.5     first_byte_ms=210.0    load_ms=82.5     total_ms=1853.5   bytes_in=44    "
                + " bytes_out=5120    chunks=64   tokens_in=26    tokens_out=63   client=10.0.0.7        class=interactive chosen_by=free_slot     backend=http://b:1 id=abc code=- cause=- deadline_ms=-\n"
        )
    }

    @Test("JSON: the same fields")
    func json() {
        #expect(
            Self.text(Self.record(), json: true)
                == #"{"time":"2026-11-24T12:00:00.123Z","status":200,"outcome":"completed","method":"POST","#
                + #""path":"/api/chat","model":"llama2","wait_ms":12.5,"first_byte_ms":210.0,"load_ms":82.5,"total_ms":1853.5,"#
                + #""bytes_in":44,"bytes_out":5120,"chunks":64,"tokens_in":26,"tokens_out":63,"#
                + #""client":"10.0.0.7","class":"interactive","chosen_by":"free_slot","backend":"http://b:1","id":"abc","code":null,"#
                + #""cause":null,"deadline_ms":null}"#
                + "\n"
        )
    }

    @Test("Stages that a request did not reach are absent")
    func absent() {
        var record = Self.record()
        record.requestLine = RequestLine()
        record.isQueued = false
        record.model = nil
        record.backend = nil
        record.status = nil
        record.outcome = .cancelled
        record.code = "queue_full"
        record.arrived = nil
        record.started = nil
        record.firstByte = nil
        record.durations = nil
        let text = Self.text(record)
        for pair in [
            "status=- ", "method=- ", "path=- ", "model=- ", "wait_ms=- ", "first_byte_ms=- ", "load_ms=- ", "class=- ",
            "backend=- ",
        ] {
            #expect(text.contains(pair))
        }
        #expect(text.contains("outcome=cancelled") && text.hasSuffix("code=queue_full cause=- deadline_ms=-\n"))
        let json = Self.text(record, json: true)
        #expect(json.contains(#""status":null"#) && json.contains(#""path":null"#) && json.contains(#""wait_ms":null"#))
        #expect(json.contains(#""code":"queue_full""#))
    }

    @Test("A request whose time was up says for what it waited, and how long it might")
    func timedOut() {
        var record = Self.record()
        record.outcome = .timedOut
        record.code = "timeout"
        record.cause = .backendSilent
        record.timeout = .milliseconds(1500)
        #expect(Self.text(record).hasSuffix(" code=timeout cause=backend_silent deadline_ms=1500.0\n"))
        #expect(Self.text(record, json: true).hasSuffix(#""cause":"backend_silent","deadline_ms":1500.0}"# + "\n"))
    }

    @Test("The line of several refusals is that of the last one, with their number and time")
    func refusals() {
        var record = ExchangeRecord.fixed("last", .rejected)
        record.code = "queue_full"
        record.backend = nil
        record.ended = Instant(nanoseconds: 4_000_000_000)
        let shared = SharedRecord(record)
        let began = Instant(nanoseconds: 1_500_000_000)
        let many = RefusalSum(shared, count: 300_000, since: began, isShared: true)
        #expect(Self.text(many).contains("client=(others) "))
        #expect(
            Self.text(many).hasSuffix("id=last code=queue_full cause=- deadline_ms=- count=300000 burst_ms=2500.0\n")
        )
        #expect(Self.text(many, json: true).hasSuffix(#""deadline_ms":null,"count":300000,"burst_ms":2500.0}"# + "\n"))
        let one = RefusalSum(shared, count: 1, since: began, isShared: true)
        #expect(Self.text(one).contains("client=alice ") && Self.text(one).hasSuffix("deadline_ms=-\n"))
    }

    @Test("A line behind others is the one that it would be alone")
    func amongOthers() {
        let changes: [(inout ExchangeRecord) -> Void] = [
            { _ in }, { $0.id = "other" }, { $0.requestLine = "GET /api/chat" }, { $0.requestLine = "POST /api/chat/" },
            { $0.requestLine = RequestLine(stringLiteral: "POST /" + String(repeating: "x", count: 100)) },
            { $0.requestLine = RequestLine(stringLiteral: "POST /" + String(repeating: "y", count: 100)) },
            { $0.model = nil }, { $0.model = ModelName("mistral") }, { $0.client = Client(name: "10.0.0.8") },
            { $0.requestClass = .batch }, { $0.isQueued = false }, { $0.rule = nil }, { $0.backend = nil },
            { $0.backend = BackendIndex(1) }, { $0.status = nil },
            // So long that the line is cut.
            { $0.client = Client(name: String(repeating: "\u{1}", count: 4_000)) },
        ]
        let names = BackendNames([BackendURL(host: "b", port: 1), BackendURL(host: "c", port: 1)])
        var random = SeededRandom(seed: 11)
        var lines = AccessLineWriter(backends: names, offset: 0)
        for _ in 0..<2_000 {
            var record = Self.record()
            if let change = changes.randomElement(using: &random) { change(&record) }
            let isJSON = UInt8.random(in: 0..<8, using: &random) == 0
            var alone = AccessLineWriter(backends: names, offset: 0)
            let shared = SharedRecord(record)
            let expected = LineBuffer.withLine({ alone.write(&$0, shared, isJSON: isJSON) }) { Array($0) }
            #expect(LineBuffer.withLine({ lines.write(&$0, shared, isJSON: isJSON) }) { Array($0) } == expected)
        }
    }

    @Test("Nothing from outside ends a line or leaves its quotes")
    func hostile() {
        var record = Self.record()
        record.requestLine = "GE\u{1B}T /a\"b\nc"
        record.client = Client(name: "user:x\r\ny")
        let text = Self.text(record)
        #expect(text.contains(#"method="GE\u001bT""#) && text.contains(#"path="/a\"b\u000ac""#))
        #expect(text.contains(#"client="user:x\u000d\u000ay""#))
        #expect(text.utf8.dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7F })
    }
}
