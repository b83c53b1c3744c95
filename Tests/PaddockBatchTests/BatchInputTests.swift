// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBatch
import Testing

@Suite("Lines of input files")
struct BatchInputTests {
    private static let endpoint = BatchEndpoint.chatCompletions

    private static func line(
        id: String = #""a""#,
        method: String = #""POST""#,
        url: String = #""/v1/chat/completions""#,
        body: String = #"{"model":"m"}"#
    ) -> String {
        #"{"custom_id":\#(id),"method":\#(method),"url":\#(url),"body":\#(body)}"#
    }

    @Test("A line gives its id, its model and where its body is")
    func right() throws {
        let text = Self.line(id: #""a\u00e4""#, body: #" {"messages":[{"model":"n"}],"model":"M:x","stream":false}"#)
        let input = try BatchInput(Array(text.utf8), endpoint: Self.endpoint)
        #expect(input.customID == "aä")
        #expect(input.model == "M:x")
        #expect(
            String(decoding: Array(text.utf8)[input.body], as: UTF8.self)
                == #"{"messages":[{"model":"n"}],"model":"M:x","stream":false}"#
        )
    }

    @Test("Further fields do no harm, and of a field that is there twice the last counts")
    func more() throws {
        let text =
            #"{"x":{"y":[1]},"body":{"model":"m","stream":true},"custom_id":"b", "#
            + Self.line().dropFirst()
        let input = try BatchInput(Array(text.utf8), endpoint: Self.endpoint)
        #expect(input.customID == "a")
    }

    static let wrongLines: [(String, String, String?)] = [
        ("", "invalid_json_line", nil), ("[1]", "invalid_json_line", nil), ("{", "invalid_json_line", nil),
        (line() + "x", "invalid_json_line", nil),
        (line(body: String(repeating: "[", count: 600)), "invalid_json_line", nil),
        ("{}", "missing_required_parameter", "custom_id"),
        (line(id: "1"), "invalid_request", "custom_id"), (line(id: #""""#), "invalid_request", "custom_id"),
        (line(id: #""\#(String(repeating: "x", count: 513))""#), "invalid_request", "custom_id"),
        (#"{"custom_id":"a"}"#, "missing_required_parameter", "method"),
        (line(method: #""GET""#), "invalid_method", "method"),
        (line(url: #""/v1/embeddings""#), "url_mismatch", "url"), (line(url: "[]"), "url_mismatch", "url"),
        (line(body: #""{}""#), "missing_required_parameter", "body"),
        (line(body: "{}"), "missing_required_parameter", "body.model"),
        (line(body: #"{"model":7}"#), "invalid_request", "body.model"),
        (line(body: #"{"model":""}"#), "invalid_request", "body.model"),
        (line(body: #"{"model":"m","stream":true}"#), "invalid_request", "body.stream"),
        (line(body: #"{"model":"m","Stream":true}"#), "invalid_request", "body.stream"),
    ]

    @Test("What is wrong has OpenAI's codes and names the field", arguments: wrongLines)
    func wrong(text: String, code: String, param: String?) {
        do {
            _ = try BatchInput(Array(text.utf8), endpoint: Self.endpoint)
            Issue.record("it was accepted")
        } catch {
            #expect(error.code == code)
            #expect(error.param == param)
            #expect(!error.message.isEmpty)
        }
    }

    @Test("Windows are hours or days up to thirty days")
    func windows() {
        #expect(BatchWindow("24h")?.seconds == 86_400)
        #expect(BatchWindow("1h")?.seconds == 3600)
        #expect(BatchWindow("720h")?.seconds == 2_592_000)
        #expect(BatchWindow("30d")?.seconds == 2_592_000)
        for text in ["", "h", "0h", "024h", "721h", "31d", "0d", "24", "24 h", "-1h", "1.5h", "24H", "1w", "９h"] {
            #expect(BatchWindow(text) == nil, "\(text)")
        }
    }
}
