// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockJSON
import Testing

@testable import PaddockProxy

@Suite("Errors in the dialect of the route")
struct ErrorReplyTests {
    @Test("Ollama's form has code and text in the field that its clients show, and again in fields of their own")
    func ollama() {
        let reply = ErrorReply(503, "queue_full", "full", model: "llama2", retryAfter: 3)
        #expect(
            reply.body(.ollama)
                == #"{"error":"queue_full: full","code":"queue_full","message":"full","model":"llama2"}"#
        )
        #expect(ErrorReply(400, "x", "y").body(.ollama) == #"{"error":"x: y","code":"x","message":"y"}"#)
    }

    @Test(
        "A rejection has its numbers",
        arguments: [
            (
                Rejection.queueFull(waiting: 512, retryAfter: 26), "queue_full",
                "the queue of llama2 is full (512 waiting); retry in 26 s"
            ),
            (
                .queueFull(waiting: 0, retryAfter: 1), "queue_full",
                "all slots of llama2 are taken, and no request may wait; retry in 1 s"
            ),
            (.shuttingDown(retryAfter: 3), "shutting_down", "Paddock is shutting down; retry in 3 s"),
            (
                .wouldTimeOut(firstByte: .milliseconds(95_400), left: .milliseconds(4_250), retryAfter: 9),
                "would_time_out",
                "the answer would begin in about 95 s, but the request's deadline is in 4.2 s; retry in 9 s, "
                    + "or allow more time"
            ),
        ]
    )
    func rejections(rejection: Rejection, code: String, message: String) {
        let reply = ErrorReply(.rejected(rejection), Self.context { $0.model = "llama2" })
        #expect(reply == ErrorReply(503, code, message, model: "llama2", retryAfter: rejection.retryAfter))
    }

    private static func context(_ change: (inout ErrorContext) -> Void) -> ErrorContext {
        var context = ErrorContext()
        change(&context)
        return context
    }

    @Test(
        "A timeout names the stage, the time in it, the limit, and what helps",
        arguments: [
            (
                Self.context {
                    $0.model = "m"
                    $0.timeout = .seconds(300)
                    $0.waited = .milliseconds(299_800)
                },
                "no slot of m was free for 299 s (request_timeout is 300 s): "
                    + "send fewer requests at once, raise request_timeout, or give the model more slots"
            ),
            (
                Self.context {
                    $0.model = "m"
                    $0.timeout = .seconds(30)
                    $0.isTimeoutStated = true
                    $0.waited = .seconds(30)
                    $0.inFront = 12
                    $0.standing = QueueStanding(inFront: 3, pace: .milliseconds(2_500))
                },
                "no slot of m was free for 30 s (the client waits 30 s); 12 in front of it at its arrival, 3 at the end, "
                    + "one starts about every 2.5 s: send fewer requests at once, wait longer, or give the model more slots"
            ),
            (
                Self.context {
                    $0.model = "m"
                    $0.timeout = .seconds(30)
                    $0.waited = .seconds(30)
                    $0.standing = QueueStanding(inFront: 3, pace: nil, isOwn: true)
                },
                "no slot of m was free for 30 s (request_timeout is 30 s); 3 at the end of this gateway's own, as no coordinator "
                    + "of the cluster told of others: send fewer requests at once, raise request_timeout, or give the model more "
                    + "slots"
            ),
            (
                Self.context {
                    $0.stage = .streamStalled
                    $0.timeout = .seconds(60)
                    $0.silentSince = TimeOfDay(nanoseconds: 1_795_521_600_123_000_000)
                },
                "the backend sent nothing more for 60 s (request_timeout is 60 s); it has been silent since "
                    + "2026-11-24T12:00:00Z: see its log, or raise request_timeout"
            ),
            (
                Self.context {
                    $0.model = "m"
                    $0.stage = .backendSilent
                    $0.timeout = .seconds(20)
                    $0.isTimeoutStated = true
                    $0.waited = .milliseconds(12_300)
                    $0.atBackend = .milliseconds(7_690)
                },
                "the backend did not begin to answer within 7.6 s, after 12 s in the queue of m (the client waits 20 s): "
                    + "shorten the prompt, or wait longer"
            ),
            (
                Self.context {
                    $0.stage = .backendSilent
                    $0.timeout = .milliseconds(1500)
                    $0.atBackend = .seconds(1)
                },
                "the backend did not begin to answer within 1 s (request_timeout is 1.5 s): "
                    + "shorten the prompt, or raise request_timeout"
            ),
            (
                Self.context {
                    $0.stage = .streamStalled
                    $0.timeout = .seconds(60)
                },
                "the backend sent nothing more for 60 s (request_timeout is 60 s): "
                    + "see its log, or raise request_timeout"
            ),
            (
                Self.context {
                    $0.stage = .replyUnfinished
                    $0.timeout = .seconds(60)
                },
                "the backend did not end its answer within 60 s (request_timeout is 60 s): "
                    + "shorten the prompt, ask for a stream, or raise request_timeout"
            ),
        ]
    )
    func timeouts(context: ErrorContext, message: String) {
        #expect(ErrorReply(.timedOut, context).message == message)
    }

    @Test("A timeout says for what the request waited and how long it might, in each dialect, and no other error does")
    func causes() {
        let context = Self.context {
            $0.stage = .backendSilent
            $0.timeout = .milliseconds(1500)
        }
        let ending = #""cause":"backend_silent","deadline_ms":1500.0}"#
        #expect(ErrorReply(.timedOut, context).body(.ollama).hasSuffix(ending))
        for dialect in [Dialect.openAI, .anthropic] {
            #expect(ErrorReply(.timedOut, context).body(dialect).hasSuffix(ending + "}"))
            #expect(!ErrorReply(.backendBrokeOff, context).body(dialect).contains("cause"))
        }
    }

    @Test("Clients that retry by themselves are told not to if that can only take as long again")
    func finality() {
        func fields(_ failure: ErrorCause) -> [String] {
            OwnReply(ErrorReply(failure), .openAI).fields.filter { $0.0 == "x-should-retry" }.map(\.1)
        }
        for failure in [ErrorCause.timedOut, .bodyTimedOut, .cancelledByAdmin, .backendNotHTTP("x")] {
            #expect(fields(failure) == ["false"], "\(failure)")
        }
        for failure in [ErrorCause.headTimedOut, .backendUnreachable("x"), .backendBrokeOff] {
            #expect(fields(failure).isEmpty, "\(failure)")
        }
    }

    @Test(
        "OpenAI's form distinguishes the client's errors from the server's",
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
        "Whatever a text has in it, the body is JSON with the same text",
        arguments: [Dialect.ollama, .openAI, .anthropic]
    )
    func escaping(dialect: Dialect) throws {
        let controls = String(String.UnicodeScalarView((0..<0x80).compactMap { Unicode.Scalar($0 as UInt32) }))
        let text = controls + "\r\n\u{e4}\u{2028}\u{2029}\u{1F600}e\u{301}\u{fffd}"
        let body = ErrorReply(503, text, text, model: text).body(dialect)
        #expect(!body.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x2028 || $0.value == 0x2029 })
        let value = try JSONValue(parsing: Array(body.utf8))
        if dialect == .ollama {
            let all = JSONValue.string(text)
            #expect(value == ["error": .string("\(text): \(text)"), "code": all, "message": all, "model": all])
        } else {
            #expect(value["error"]?["message"] == .string(text))
        }
    }

    @Test("What failed is answered with its status and its code")
    func failures() {
        let context = Self.context {
            $0.model = "m"
            $0.timeout = .milliseconds(1500)
            $0.bytesIn = 17
        }
        func answer(_ failure: ErrorCause) -> [String] {
            let reply = ErrorReply(failure, context)
            return ["\(reply.status)", reply.code, reply.model ?? "-"]
        }
        #expect(answer(.headTimedOut) == ["408", "request_timeout", "m"])
        #expect(answer(.bodyTimedOut) == ["408", "request_timeout", "m"])
        #expect(answer(.timedOut) == ["504", "timeout", "m"])
        #expect(answer(.backendUnreachable("x")) == ["502", "backend_error", "m"])
        #expect(answer(.backendBrokeOff) == ["502", "backend_error", "m"])
        #expect(answer(.backendNotHTTP("x")) == ["502", "backend_error", "m"])
        let late = Self.context {
            $0.stage = .streamStalled
            $0.atBackend = .seconds(3)
        }
        #expect(
            ErrorReply(.backendBrokeOff, late).message
                == "the backend closed the connection after 3 s, before its answer was complete: retry, or see its log"
        )
        let message = ErrorReply(.bodyTimedOut, context).message
        #expect(message.contains(" 1.5 s") && message.contains("(17 bytes received)"))
    }
}
