// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockHTTP

@Suite("The final event of a stream")
struct FinalEventScannerTests {
    /// A stream: the data before its final event, that event, and the format.
    struct Stream: CustomTestStringConvertible, Sendable {
        let name: String
        let format: FinalEventScanner.Format
        let before: [String]
        let final: String
        var testDescription: String { self.name }
    }

    private static let context = "[" + (0..<2_000).map(String.init).joined(separator: ",") + "]"

    static let streams = [
        Stream(
            name: "Ollama",
            format: .ndjson,
            before: [
                #"{"model":"a","response":"x","done":false}"# + "\n",
                #"{"model":"a","response":"\"done\":true","done":false}"# + "\n",
            ],
            final: #"{"model":"a","response":"","done":true,"done_reason":"stop","eval_count":12}"# + "\n"
        ),
        Stream(
            name: "Ollama with a context",
            format: .ndjson,
            before: [#"{"model":"a","response":"x","done":false}"# + "\n"],
            final: #"{"model":"a","response":"","done":true,"done_reason":"stop","context":\#(Self.context)}"# + "\n"
        ),
        Stream(
            name: "NDJSON with blanks",
            format: .ndjson,
            before: [#"{"response": "x", "done": false}"# + "\n"],
            final: #"{"response": "", "done" : true}"# + "\n"
        ),
        Stream(
            name: "OpenAI",
            format: .serverSentEvents,
            before: [
                "data: {\"choices\":[{\"delta\":{\"content\":\"data: [DONE]\"}}]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"content\":\"event: message_stop\\n\"}}]}\n\n",
            ],
            final: "data: [DONE]\n\n"
        ),
        Stream(
            name: "OpenAI with carriage returns",
            format: .serverSentEvents,
            before: ["data: {\"choices\":[]}\r\n\r\n"],
            final: "data:[DONE]\r\n\r\n"
        ),
        Stream(
            name: "Anthropic",
            format: .serverSentEvents,
            before: [
                "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
            ],
            final: "event: message_stop\ndata: {\"type\":\"message_stop\"             }\n\n"
        ),
        Stream(
            name: "Responses",
            format: .serverSentEvents,
            before: [
                "event: response.output_text.delta\ndata: {\"delta\":\"event: response.completed\"}\n\n",
                "event: response.output_text.done\ndata: {\"text\":\"\\nevent: response.completed\\n\"}\n\n",
            ],
            final: "event: response.completed\ndata: {\"response\":{\"output\":\(Self.context)}}\n\n"
        ),
    ]

    /// Streams that end with an error.
    static let errors = [
        Stream(
            name: "Ollama's error",
            format: .ndjson,
            before: [
                #"{"model":"a","response":"x","done":false}"# + "\n",
                #"{"model":"a","response":"{\"error\":\"x\"}","done":false}"# + "\n",
                #"{"error":null}"# + "\n",
            ],
            final: #"{"error":"an error was encountered while running the model: CUDA error"}"# + "\n"
        ),
        Stream(
            name: "A long error with blanks",
            format: .ndjson,
            before: [#"{"response": "x", "done": false}"# + "\n"],
            final: #"{ "error" : "\#(Self.context)"}"# + "\n"
        ),
        Stream(
            name: "OpenAI's error",
            format: .serverSentEvents,
            before: [
                "data: {\"error\":null,\"choices\":[]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"content\":\"\\n\\ndata: {\\\"error\\\":1}\"}}]}\n\n",
            ],
            final: "data: {\"error\":{\"code\":500,\"message\":\"the slot is gone\"}}\n\n"
        ),
        Stream(
            name: "An error, and the mark of the end",
            format: .serverSentEvents,
            before: ["data: {\"choices\":[]}\r\n\r\n"],
            final: "data: {\"error\": {\"message\": \"EngineDeadError\", \"code\": 500}}\r\n\r\ndata: [DONE]\r\n\r\n"
        ),
        Stream(
            name: "Anthropic's error",
            format: .serverSentEvents,
            before: ["event: ping\ndata: {\"type\":\"ping\"}\n\n"],
            final: "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n"
        ),
        Stream(
            name: "Anthropic's error without the event's name",
            format: .serverSentEvents,
            before: ["data: {\"type\":\"ping\"}\n\n"],
            final: "data: {\"type\": \"error\", \"error\": {}}\n\n"
        ),
        Stream(
            name: "llama.cpp's error of old",
            format: .serverSentEvents,
            before: ["data: {\"content\":\"x\"}\n\n"],
            final: "error: {\"error\":{\"code\":500}}\n\n"
        ),
        Stream(
            name: "A response that failed",
            format: .serverSentEvents,
            before: ["event: response.output_text.delta\ndata: {\"delta\":\"event: response.failed\"}\n\n"],
            final: "event: response.failed\ndata: {\"response\":{\"output\":\(Self.context)}}\n\n"
        ),
    ]

    private func scanner(_ format: FinalEventScanner.Format, _ pieces: [[UInt8]]) -> FinalEventScanner {
        var scanner = FinalEventScanner(format)
        var durations: ReplyDurations?
        for piece in pieces where !piece.isEmpty {
            scanner.look(piece.span, 0..<piece.count, endsBody: false, &durations)
        }
        return scanner
    }

    private func cut(_ bytes: [UInt8], _ size: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    }

    @Test(
        "It is seen when it has passed, however its bytes arrive, and not before",
        arguments: Self.streams + Self.errors
    )
    func seen(_ stream: Stream) {
        let events = stream.before.map { Array($0.utf8) }
        let final = Array(stream.final.utf8)
        #expect(!self.scanner(stream.format, events).hasSeenFinalEvent)
        #expect(self.scanner(stream.format, events + [final]).hasSeenFinalEvent)
        let all = Array((stream.before.joined() + stream.final).utf8)
        for size in [1, 2, 3, 5, 7, 11, 13, 17, 31, 64, 96, 97, 1_000, 100_000] {
            #expect(self.scanner(stream.format, self.cut(all, size)).hasSeenFinalEvent, "in pieces of \(size)")
            let before = Array(stream.before.joined().utf8)
            #expect(!self.scanner(stream.format, self.cut(before, size)).hasSeenFinalEvent, "in pieces of \(size)")
        }
    }

    @Test(
        "No beginning of a short final event of one line is taken for it",
        arguments: (Self.streams + Self.errors).filter {
            $0.final.count < 90 && $0.final.split(whereSeparator: \.isNewline).count == 1
        }
    )
    func beginnings(_ stream: Stream) {
        let final = Array(stream.final.utf8)
        let lineFeeds = stream.final.reversed().prefix { $0.isNewline }.count
        for count in 1..<(stream.final.count - lineFeeds) {
            let pieces = stream.before.map { Array($0.utf8) } + [Array(final.prefix(count))]
            #expect(!self.scanner(stream.format, pieces).hasSeenFinalEvent, "the first \(count) bytes")
        }
    }

    @Test("An error is told from other ends, however its bytes arrive", arguments: Self.streams + Self.errors)
    func endsInError(_ stream: Stream) {
        let isError = Self.errors.contains { $0.name == stream.name }
        for size in [1, 2, 3, 5, 7, 11, 13, 17, 31, 64, 96, 97, 1_000, 100_000] {
            let all = Array((stream.before.joined() + stream.final).utf8)
            #expect(self.scanner(stream.format, self.cut(all, size)).endsInError == isError, "in pieces of \(size)")
            let before = Array(stream.before.joined().utf8)
            #expect(!self.scanner(stream.format, self.cut(before, size)).endsInError, "in pieces of \(size)")
        }
    }

    @Test("What follows an error is no error")
    func goesOnAfterAnError() {
        let lines = [#"{"error":"x"}"#, #"{"done":false}"#].map { Array("\($0)\n".utf8) }
        #expect(!self.scanner(.ndjson, lines).endsInError)
        #expect(!self.scanner(.ndjson, [lines[0] + lines[1]]).endsInError)
        #expect(self.scanner(.ndjson, [lines[0], lines[1], lines[0]]).endsInError)
        let events = [#"{"error":{}}"#, #"{"choices":[]}"#].map { Array("data: \($0)\n\n".utf8) }
        #expect(!self.scanner(.serverSentEvents, events).endsInError)
        #expect(self.scanner(.serverSentEvents, [events[1] + events[0]]).endsInError)
    }

    @Test("What follows a final line is another one")
    func goesOn() {
        let done = Array("{\"done\":true}\n".utf8)
        let next = Array("{\"done\":false}\n".utf8)
        #expect(!self.scanner(.ndjson, [done, next]).hasSeenFinalEvent)
        #expect(!self.scanner(.ndjson, [done, Array("{\"a\":1}\n".utf8)]).hasSeenFinalEvent)
        #expect(!self.scanner(.ndjson, [done + next]).hasSeenFinalEvent)
        #expect(self.scanner(.ndjson, [next + done]).hasSeenFinalEvent)
    }
}
