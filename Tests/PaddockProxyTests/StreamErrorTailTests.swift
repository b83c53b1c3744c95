// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@testable import PaddockProxy

@Suite("The last line of a stream that could not be finished")
struct StreamErrorTailTests {
    private static let reply = ErrorReply(504, "timeout", "late", model: "m")

    private static func tail(_ format: StreamFormat, _ dialect: Dialect, after text: String) -> String {
        let last = Array(("\n\n" + text).utf8.suffix(2))
        let bytes = StreamErrorTail.bytes(
            format: format,
            dialect: dialect,
            body: self.reply.body(format == .ndjson ? .ollama : dialect),
            lastBytes: (last[0], last[1])
        )
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "A line of NDJSON is on a line of its own",
        arguments: [("", ""), ("{}\n", ""), ("{}\r\n", ""), ("{\"a\":", "\n"), ("x", "\n"), ("\n", "")]
    )
    func ndjson(before: String, separator: String) {
        let line = #"{"error":"timeout: late","code":"timeout","message":"late","model":"m"}"# + "\n"
        for dialect in [Dialect.ollama, .openAI, .anthropic] {
            #expect(Self.tail(.ndjson, dialect, after: before) == separator + line)
        }
    }

    @Test(
        "An event begins after the end of the one before",
        arguments: [("", ""), ("data: {}\n\n", ""), ("data: {}\n", "\n"), ("data: {", "\n\n"), (":\r\n\r\n", "\n")]
    )
    func events(before: String, separator: String) {
        #expect(
            Self.tail(.serverSentEvents, .openAI, after: before) == separator
                + #"data: {"error":{"message":"late","type":"server_error","code":"timeout","param":null}}"# + "\n\n"
        )
        #expect(
            Self.tail(.serverSentEvents, .anthropic, after: before) == separator + "event: error\n"
                + #"data: {"type":"error","error":{"type":"timeout_error","message":"late"}}"# + "\n\n"
        )
    }

    @Test(
        "A reply is a stream by its Content-Type",
        arguments: [
            ("application/x-ndjson", .ndjson), ("Application/X-NDJSON; charset=utf-8", .ndjson),
            ("text/event-stream", .serverSentEvents), ("text/event-stream ;charset=utf-8", .serverSentEvents),
            ("application/json", nil), ("text/event-streams", nil), ("x text/event-stream", nil), ("", nil), (";", nil),
        ] as [(String, StreamFormat?)]
    )
    func format(contentType: String, format: StreamFormat?) {
        let bytes = Array(contentType.utf8)
        let found = StreamFormat(bytes.span, contentType: ByteRange(start: 0, end: bytes.count))
        #expect(found == format)
    }
}
