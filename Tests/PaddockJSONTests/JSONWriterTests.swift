// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    @Test("Commas are added automatically, at any depth")
    func structure() {
        var json = JSONWriter()
        json.object { json in
            json.member("a", 1)
            json.array("b") { json in
                json.value(true)
                json.array { _ in }
                json.object { json in json.member(named: "c\"", "d") }
                json.null()
            }
            json.object("e") { _ in }
            json.member("f", nil as String?)
            json.member("g", [1.5, 2])
        }
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"a":1,"b":[true,[],{"c\"":"d"},null],"e":{},"f":null,"g":[1.5,2.0]}"#
        )
    }

    @Test(
        "Strings are escaped",
        arguments: [
            ("a\"b\\c/d", #"a\"b\\c/d"#), ("\n\r\t\u{8}\u{c}\0", #"\n\r\t\u0008\u000c\u0000"#), ("\u{7f}", #"\u007f"#),
            ("\u{2027}\u{2028}\u{2029}\u{202a}", "\u{2027}\\u2028\\u2029\u{202a}"),
            ("\u{e4}\u{1F600}", "\u{e4}\u{1F600}"),
            ("\u{20ac}", "\u{20ac}"), ("", ""),
        ]
    )
    func escapes(text: String, escaped: String) {
        #expect(JSONText(of: text).string == "\"\(escaped)\"")
        #expect(JSONValue(text).text == "\"\(escaped)\"")
    }

    @Test("Values that JSON numbers cannot express are null")
    func numbers() {
        #expect(JSONText(of: [0.1, -1, .infinity, .nan, 1e300]).string == "[0.1,-1.0,null,null,1e+300]")
        #expect(JSONValue(Double.nan) == .null)
        #expect(JSONText(of: [Int.min, 0, .max]).string == "[-9223372036854775808,0,9223372036854775807]")
    }

    @Test("A text of literal parts has no commas but its own")
    func interpolation() {
        let part: JSONText = #""b":\#(2)"#
        let text: JSONText = "data: {\"a\":\("x\n"),\(part)\(JSONText(verbatim: ""))\(3)}\n\n"
        #expect(text.string == "data: {\"a\":\"x\\n\",\"b\":23}\n\n")
    }

    @Test("Values made by hand are those that are read")
    func literals() throws {
        let value: JSONValue = ["a": 1, "b": [true, "c"], "d": .null]
        #expect(value.text == #"{"a":1,"b":[true,"c"],"d":null}"#)
        #expect(try JSONValue(parsing: Array(value.text.utf8)) == value)
        #expect(value["b"]?.array?.first?.bool == true)
        #expect(value["b"]?["c"] == nil)
    }
}
