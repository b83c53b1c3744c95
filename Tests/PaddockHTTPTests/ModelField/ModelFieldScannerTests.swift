// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("Model field scanner")
struct ModelFieldScannerTests {
    private static let form = Array(
        "--X\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n--X--".utf8
    )
    private static let json = Array(#"{"model":"llama2"}"#.utf8)

    private static func multipart() -> ModelFieldScanner {
        let type = Array("multipart/form-data; boundary=X".utf8)
        let query: [UInt8] = []
        return .multipart(contentType: type.span, query: query.span)
    }

    @Test("The JSON scanner reads JSON and the multipart scanner reads forms")
    func eachItsOwn() {
        var scanner = ModelFieldScanner.json
        feed(Self.json, cuts: [3]) { scanner.feed($0) }
        #expect(scanner.problem == nil)
        #expect(scanner.finish() == .model("llama2"))

        scanner = Self.multipart()
        feed(Self.form, cuts: [3]) { scanner.feed($0) }
        #expect(scanner.problem == nil)
        #expect(scanner.finish() == .model("whisper"))
    }

    @Test("The model is known as soon as its value has ended, until another follows")
    func modelSoFar() {
        var scanner = ModelFieldScanner.json
        scanner.feed(Array(#"{"prompt":"model","model":"llama2"#.utf8).span)
        #expect(scanner.modelSoFar == nil)
        scanner.feed(Array(#"","x":[{"model":"inner"}],"#.utf8).span)
        #expect(scanner.modelSoFar == "llama2")
        scanner.feed(Array(#""model":"qwen3""#.utf8).span)
        #expect(scanner.modelSoFar == "qwen3")
    }

    @Test("Neither takes the other's body")
    func notTheOther() {
        var scanner = ModelFieldScanner.json
        scanner.feed(Self.form.span)
        #expect(scanner.problem == .notAnObject(.number))
        #expect(scanner.finish() == .invalid(.notAnObject(.number)))

        scanner = Self.multipart()
        scanner.feed(Self.json.span)
        #expect(scanner.problem == nil)
        #expect(scanner.finish() == .invalid(.multipart(.noClosingBoundary)))
    }

    @Test(
        "A problem is one line that says what is wrong and what would be right",
        arguments: [
            (.malformed(offset: 7, expected: .colon), "the body is not JSON: at offset 7, expected a colon"),
            (
                .incomplete(bytes: 9),
                "the body ends inside its JSON object, after 9 bytes; it must be one whole JSON object"
            ),
            (.notAnObject(.array), "the body is a JSON array; it must be a JSON object with a \"model\""),
            (.notAString(.number), "\"model\" is a JSON number; it must be a string, such as \"llama2\""),
            (.missing, "there is no \"model\"; the request must name one, such as \"llama2\""),
            (.tooLong, "\"model\" is too long; it must have at most 256 bytes"),
            (
                .multipart(.noClosingBoundary),
                "the multipart body ends before its closing boundary; it must be sent whole"
            ),
        ] as [(ModelFieldProblem, String)]
    )
    func messages(problem: ModelFieldProblem, message: String) {
        #expect(problem.description == message)
    }
}
