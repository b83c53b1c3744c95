// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PaddockProxy

@Suite("Errors in the dialect of the route")
struct ErrorReplyTests {
    @Test("Ollama's form carries the code, the text and the model")
    func ollama() {
        let reply = ErrorReply(503, "queue_full", "full", model: "llama2", retryAfter: 3)
        #expect(reply.body(.ollama) == #"{"error":"queue_full","message":"full","model":"llama2"}"#)
        #expect(ErrorReply(400, "x", "y").body(.ollama) == #"{"error":"x","message":"y"}"#)
    }

    @Test(
        "OpenAI's form tells the client's errors from the server's",
        arguments: [
            (400, "invalid_request_error"), (413, "invalid_request_error"), (499, "invalid_request_error"),
            (500, "server_error"), (503, "server_error"), (504, "server_error"),
        ]
    )
    func openAI(status: Int, type: String) {
        let body = ErrorReply(status, "some_code", "text", model: "m").body(.openAI)
        #expect(body == #"{"error":{"message":"text","type":"\#(type)","code":"some_code","param":null}}"#)
    }

    @Test(
        "Anthropic's form has a type for each status",
        arguments: [
            (400, "invalid_request_error"), (431, "invalid_request_error"), (500, "api_error"), (502, "api_error"),
            (503, "overloaded_error"), (504, "timeout_error"),
        ]
    )
    func anthropic(status: Int, type: String) {
        let body = ErrorReply(status, "some_code", "text", model: "m").body(.anthropic)
        #expect(body == #"{"type":"error","error":{"type":"\#(type)","message":"text"}}"#)
    }

    @Test(
        "Whatever a text has in it, the body is JSON that says the same",
        arguments: [Dialect.ollama, .openAI, .anthropic]
    )
    func escaping(dialect: Dialect) throws {
        let controls = String(String.UnicodeScalarView((0..<0x80).compactMap { Unicode.Scalar($0 as UInt32) }))
        let text = controls + "\r\n\u{e4}\u{2028}\u{2029}\u{1F600}e\u{301}\u{fffd}"
        let body = ErrorReply(503, text, text, model: text).body(dialect)
        #expect(!body.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x2028 || $0.value == 0x2029 })
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(body.utf8))
        guard case .object(let object) = value else { return _ = Issue.record("no object in \(body)") }
        if dialect == .ollama {
            #expect(object == ["error": .string(text), "message": .string(text), "model": .string(text)])
        } else if case .object(let error)? = object["error"] {
            #expect(error["message"] == .string(text))
        } else {
            Issue.record("no error in \(body)")
        }
    }

    @Test("What failed is answered with its status and its code")
    func failures() {
        let timeout = Duration.milliseconds(1500)
        func answer(_ failure: ExchangeFailure) -> [String] {
            let reply = failure.reply(model: "m", requestTimeout: timeout)
            return ["\(reply.status)", reply.code, reply.model ?? "-"]
        }
        #expect(answer(.headTimedOut) == ["408", "request_timeout", "-"])
        #expect(answer(.bodyTimedOut) == ["408", "request_timeout", "-"])
        #expect(answer(.timedOut) == ["504", "timeout", "m"])
        #expect(answer(.backendUnreachable("x")) == ["502", "backend_error", "m"])
        #expect(answer(.backendBrokeOff) == ["502", "backend_error", "m"])
        #expect(answer(.backendSpokeNonsense("x")) == ["502", "backend_error", "m"])
        #expect(ExchangeFailure.timedOut.reply(model: nil, requestTimeout: timeout).message.contains(" 1.5 s"))
        #expect(ExchangeFailure.timedOut.reply(model: nil, requestTimeout: .seconds(300)).message.contains(" 300 s"))
    }
}
