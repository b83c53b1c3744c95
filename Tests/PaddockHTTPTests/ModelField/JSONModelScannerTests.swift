// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("JSON model scanner")
struct JSONModelScannerTests {
    static let good: [(body: String, model: String)] = [
        (#"{"model":"llama2"}"#, "llama2"),
        (" \t\r\n{ \"model\" : \"llama2\" } \t\r\n", "llama2"),
        (#"{"prompt":"x","stream":false,"n":-1.5e+3,"a":[null,true,[]],"o":{},"model":"llama2"}"#, "llama2"),
        // Keys without regard to case, escapes undone.
        (#"{"MODEL":"a"}"#, "a"),
        (#"{"mOdEl":"a"}"#, "a"),
        (#"{"\u006d\u004f\u0064\u0065\u006C":"a"}"#, "a"),
        // The last that is not null.
        (#"{"model":"a","model":"b"}"#, "b"),
        (#"{"model":"a","Model":"b","model":null}"#, "b"),
        (#"{"model":null,"model":"b"}"#, "b"),
        (#"{"model":"","model":"b"}"#, "b"),
        ("{\"model\":\"\(String(repeating: "x", count: 300))\",\"model\":\"b\"}", "b"),
        ("{\"model\":\"\(String(repeating: "\\n", count: 300))\",\"model\":\"b\"}", "b"),
        // Only the outermost object counts.
        (#"{"a":{"model":"no"},"model":"yes","b":[{"model":5}]}"#, "yes"),
        (#"{"model":"yes","a":{"model":{}}}"#, "yes"),
        // Values.
        (#"{"model":"a\"\\\/\b\f\n\r\tz"}"#, "a\"\\/\u{8}\u{C}\n\r\tz"),
        (#"{"model":"\u00e9\u20AC\ud83d\ude00"}"#, "é€😀"),
        (#"{"model":"é€😀"}"#, "é€😀"),
        (#"{"model":"\ud83d"}"#, "\u{FFFD}"),
        (#"{"model":"\ude00x"}"#, "\u{FFFD}x"),
        (#"{"model":"\ud83dx\ude00"}"#, "\u{FFFD}x\u{FFFD}"),
        (#"{"model":"\ud83d\n"}"#, "\u{FFFD}\n"),
        (#"{"model":"\ud83d\ud83d\ude00"}"#, "\u{FFFD}😀"),
        (#"{"model":"\u0000"}"#, "\0"),
        (#"{"model":"\#u{7F}"}"#, "\u{7F}"),
        ("{\"model\":\"\(String(repeating: "x", count: 256))\"}", String(repeating: "x", count: 256)),
        ("{\"model\":\"\(String(repeating: "€", count: 85))x\"}", String(repeating: "€", count: 85) + "x"),
        // Names that only resemble it.
        (#"{"modell":1,"mode":2,"_model":3,"model ":4,"":5,"mod\u0000el":6,"model\u0000":7,"model":"a"}"#, "a"),
        (#"{"mоdel":1,"model":"a"}"#, "a"),
        // Numbers and literals end where they end.
        (#"{"a":0,"b":-0,"c":0.0,"d":1E9,"e":1e-9,"f":0e0,"g":10 ,"h":[1,2],"model":"a"}"#, "a"),
        (#"{"a":true ,"b":false,"c":null,"model":"a","d":0}"#, "a"),
    ]

    static let bad: [(body: String, problem: ModelFieldProblem)] = [
        ("", .emptyBody),
        (" \n", .emptyBody),
        ("[1]", .notAnObject(.array)),
        (#""model""#, .notAnObject(.string)),
        ("-1", .notAnObject(.number)),
        ("true", .notAnObject(.boolean)),
        ("null", .notAnObject(.null)),
        ("model=llama2", .malformed(offset: 0, expected: .object)),
        ("\u{FEFF}{\"model\":\"a\"}", .malformed(offset: 0, expected: .object)),
        ("{}", .missing),
        (#"{"prompt":"x"}"#, .missing),
        (#"{"model":""}"#, .empty),
        (#"{"model":"a","model":""}"#, .empty),
        (#"{"model":null}"#, .null),
        (#"{"model":5}"#, .notAString(.number)),
        (#"{"model":-5}"#, .notAString(.number)),
        (#"{"model":true}"#, .notAString(.boolean)),
        (#"{"model":{"model":"a"}}"#, .notAString(.object)),
        (#"{"model":["a"]}"#, .notAString(.array)),
        (#"{"model":"a","MODEL":1}"#, .notAString(.number)),
        (#"{"model":1,"model":"a"}"#, .notAString(.number)),
        ("{\"model\":\"\(String(repeating: "x", count: 257))\"}", .tooLong),
        ("{\"model\":\"\(String(repeating: "\\ud800", count: 86))\"}", .tooLong),
        ("{\"model\":\"b\",\"model\":\"\(String(repeating: "x", count: 2000))\"}", .tooLong),
        (#"{"model":"a"}x"#, .moreBehindTheObject(offset: 13)),
        (#"{"model":"a"} {"model":"b"}"#, .moreBehindTheObject(offset: 14)),
        (#"{"model":"a""#, .incomplete(bytes: 12)),
        (#"{"model":"a"#, .incomplete(bytes: 11)),
        (#"{"model":"a","n":1"#, .incomplete(bytes: 18)),
        (#"{"model":"a","n":tru"#, .incomplete(bytes: 20)),
        (#"{model:"a"}"#, .malformed(offset: 1, expected: .keyOrEnd)),
        (#"{'model':"a"}"#, .malformed(offset: 1, expected: .keyOrEnd)),
        (#"{"model":"a",}"#, .malformed(offset: 13, expected: .key)),
        (#"{"model"="a"}"#, .malformed(offset: 8, expected: .colon)),
        (#"{"model":}"#, .malformed(offset: 9, expected: .value)),
        (#"{"model":llama2}"#, .malformed(offset: 9, expected: .value)),
        (#"{"a":[}"#, .malformed(offset: 6, expected: .valueOrEnd)),
        (#"{"a":[1,]}"#, .malformed(offset: 8, expected: .value)),
        (#"{"a":[1}"#, .malformed(offset: 7, expected: .commaOrBracket)),
        (#"{"a":1]"#, .malformed(offset: 6, expected: .commaOrBrace)),
        (#"{"a":{]}"#, .malformed(offset: 6, expected: .keyOrEnd)),
        ("{\"a\":\"\n\"}", .malformed(offset: 6, expected: .text)),
        ("{\"a\u{1F}\":1}", .malformed(offset: 3, expected: .text)),
        ("{\"a\":\"0123456789012345678901234567890123456789\0\"}", .malformed(offset: 46, expected: .text)),
        (#"{"a":"\x"}"#, .malformed(offset: 7, expected: .escape)),
        (#"{"a":"\'"}"#, .malformed(offset: 7, expected: .escape)),
        (#"{"a":"\u12g4"}"#, .malformed(offset: 10, expected: .hexadecimal)),
        (#"{"a":01}"#, .malformed(offset: 6, expected: .commaOrBrace)),
        (#"{"a":+1}"#, .malformed(offset: 5, expected: .value)),
        (#"{"a":.5}"#, .malformed(offset: 5, expected: .value)),
        (#"{"a":1.}"#, .malformed(offset: 7, expected: .digit)),
        (#"{"a":-}"#, .malformed(offset: 6, expected: .digit)),
        (#"{"a":1e}"#, .malformed(offset: 7, expected: .digit)),
        (#"{"a":1e+}"#, .malformed(offset: 8, expected: .digit)),
        (#"{"a":1.5.5}"#, .malformed(offset: 8, expected: .commaOrBrace)),
        (#"{"a":1e5e5}"#, .malformed(offset: 8, expected: .commaOrBrace)),
        (#"{"a":NaN}"#, .malformed(offset: 5, expected: .value)),
        (#"{"a":nul}"#, .malformed(offset: 8, expected: .literal)),
        (#"{"a":truee}"#, .malformed(offset: 9, expected: .commaOrBrace)),
        ("{\"a\":1\u{B}}", .malformed(offset: 6, expected: .commaOrBrace)),
        ("{\"a\"\u{C}:1}", .malformed(offset: 4, expected: .colon)),
        ("{\u{A0}\"a\":1}", .malformed(offset: 1, expected: .keyOrEnd)),
    ]

    @Test("A good body names its model, in one piece, byte by byte and cut anywhere", arguments: good)
    func goodBody(body: String, model: String) {
        let bytes = Array(body.utf8)
        #expect(scanJSON(bytes) == .model(model))
        #expect(scanJSON(bytes, cuts: Array(bytes.indices)) == .model(model))
        for cut in bytes.indices { #expect(scanJSON(bytes, cuts: [cut]) == .model(model), "cut at \(cut)") }
        #expect(ReferenceJSON.modelField(of: bytes) == .model(model))
    }

    @Test("A bad body has the same problem, in one piece, byte by byte and cut anywhere", arguments: bad)
    func badBody(body: String, problem: ModelFieldProblem) {
        let bytes = Array(body.utf8)
        #expect(scanJSON(bytes) == .invalid(problem))
        #expect(scanJSON(bytes, cuts: Array(bytes.indices)) == .invalid(problem))
        for cut in bytes.indices { #expect(scanJSON(bytes, cuts: [cut]) == .invalid(problem), "cut at \(cut)") }
        #expect(ReferenceJSON.modelField(of: bytes) == .invalid(problem))
    }

    @Test(
        "Invalid UTF-8 becomes U+FFFD, one each, as in Go",
        arguments: [
            ([0xFF], "\u{FFFD}"),
            ([0xE2, 0x82], "\u{FFFD}\u{FFFD}"),
            ([0xE2, 0x82, 0x41], "\u{FFFD}\u{FFFD}A"),
            ([0xC3, 0xA9, 0xA9], "é\u{FFFD}"),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"),
            ([0xF0, 0x9F, 0x98, 0x80, 0xF0], "😀\u{FFFD}"),
            ([0xF5, 0x80, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ] as [([UInt8], String)]
    )
    func repairs(bytes: [UInt8], model: String) {
        let body = Array(#"{"model":""#.utf8) + bytes + Array(#""}"#.utf8)
        #expect(scanJSON(body) == .model(model))
        for cut in body.indices { #expect(scanJSON(body, cuts: [cut]) == .model(model), "cut at \(cut)") }
    }

    @Test("The limit counts the bytes of the repaired name")
    func repairedTooLong() {
        func body(_ count: Int) -> [UInt8] {
            Array(#"{"model":""#.utf8) + [UInt8](repeating: 0xFF, count: count) + Array(#""}"#.utf8)
        }
        #expect(scanJSON(body(85)) == .model(String(repeating: "\u{FFFD}", count: 85)))
        #expect(scanJSON(body(86)) == .invalid(.tooLong))
    }

    @Test("10,000 levels are read and one more is refused")
    func depth() {
        func body(arrays: Int) -> String {
            "{\"a\":" + String(repeating: "[", count: arrays) + String(repeating: "]", count: arrays)
                + ",\"model\":\"x\"}"
        }
        #expect(scanJSON(body(arrays: 9999)) == .model("x"))
        #expect(scanJSON(body(arrays: 10_000)) == .invalid(.tooDeep))
    }

    @Test("Objects and arrays that alternate close in the order they opened", arguments: 60...140)
    func mixedDepth(levels: Int) {
        let open = (0..<levels).map { $0.isMultiple(of: 3) ? #"{"k":"# : "[" }
        let close = (0..<levels).map { $0.isMultiple(of: 3) ? "}" : "]" }
        let good = #"{"a":"# + open.joined() + "0" + close.reversed().joined() + #","model":"x"}"#
        #expect(scanJSON(good) == .model("x"))
        #expect(ReferenceJSON.modelField(of: Array(good.utf8)) == .model("x"))
        let bad = #"{"a":"# + open.joined() + "0" + close.joined() + #","model":"x"}"#
        #expect(scanJSON(bad) == ReferenceJSON.modelField(of: Array(bad.utf8)))
    }

    @Test("A problem is known at once and more bytes do not change it")
    func failsEarly() {
        var scanner = JSONModelScanner()
        let body = Array(#"{"model":7,"#.utf8)
        scanner.feed(body.span)
        #expect(scanner.problem == .notAString(.number))
        scanner.feed(body.span)
        #expect(scanner.problem == .notAString(.number))
        #expect(scanner.finish() == .invalid(.notAString(.number)))
        #expect(scanner.finish() == .invalid(.notAString(.number)))
    }

    @Test("A quote, a backslash or a control character is found at every place of a long string")
    func longStrings() {
        for place in 0..<80 {
            let text = Array(String(repeating: "x", count: place).utf8)
            let rest = Array((String(repeating: "ä", count: 20) + #"","model":"a"}"#).utf8)
            let start = Array(#"{"k":""#.utf8)
            #expect(scanJSON(start + text + rest) == .model("a"))
            #expect(scanJSON(start + text + Array(#"\n"#.utf8) + rest) == .model("a"))
            #expect(scanJSON(start + text + Array(#"\""#.utf8) + rest) == .model("a"))
            for control: UInt8 in 0..<0x20 {
                let problem = ModelFieldProblem.malformed(offset: start.count + place, expected: .text)
                #expect(scanJSON(start + text + [control] + rest) == .invalid(problem))
            }
            #expect(scanJSON(start + text + Array(#"",""#.utf8)) == .invalid(.incomplete(bytes: place + 9)))
        }
    }
}
