// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON
import Testing

@Suite("Reading JSON")
struct JSONReaderTests {
    private static func read(_ text: String) throws(JSONError) -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test(
        "JSON is read, and written unchanged",
        arguments: [
            "null", "true", "false", "0", "-0", "1.50", "-2.5e3", "1E+9", "1e-400", "123456789012345678901234567890",
            #""""#, #""a""#, "[]", "{}", "[[],{},[null]]", #"{"a":1,"a":2,"":{"b":[true,false]}}"#,
            "\"\u{e4}\u{1F600}\"",
        ]
    )
    func wellFormed(text: String) throws {
        #expect(try Self.read(text).text == text)
        #expect(try Self.read(" \t\r\n\(text)\n ").text == text)
    }

    @Test(
        "Invalid JSON is refused, with the offset",
        arguments: [
            ("", 0), ("  ", 2), ("nul", 0), ("True", 0), ("01", 1), ("-", 1), ("+1", 0), (".5", 0), ("1.", 2),
            ("1.e3", 2),
            ("1e", 2), ("1e+", 3), ("0x10", 1), ("NaN", 0), ("'a'", 0), (#""a"#, 2), ("\"a\nb\"", 2), (#""\x""#, 1),
            (#""\u12g4""#, 5), (#""\u12"#, 5), ("\"\\", 2), ("[", 1), ("[1", 2), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3),
            ("[1}", 2), ("{", 1), ("{1:2}", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7), (#"{"a":1"#, 6),
            (#"{"a" 1}"#, 5), ("1 2", 2), ("{}}", 2), ("\u{FEFF}1", 0),
        ]
    )
    func malformed(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try Self.read(text) }
        #expect(error?.offset == offset, "\(String(describing: error))")
    }

    @Test("Values may be 512 deep in each other, and no deeper; passing them takes no stack")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try Self.read(nested(512)).text == nested(512))
        let error = #expect(throws: JSONError.self) { try Self.read(nested(1_000_000)) }
        #expect(error?.description == "nested deeper than 512 levels at byte 512")
        // What has ended does not count.
        #expect(try Self.read("[\(Array(repeating: nested(511), count: 3).joined(separator: ","))]").array?.count == 3)
        var reader = JSONReader(Array(nested(512).utf8))
        #expect(try reader.skipValue() == 0..<1_024)
    }

    @Test("A text that is too long is not read")
    func size() throws {
        #expect(try JSONValue(parsing: Array("[1]".utf8), maxBytes: 3).text == "[1]")
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array("[1] ".utf8), maxBytes: 3) }
        #expect(error?.offset == 3)
    }

    @Test(
        "Escapes are read; halves of surrogate pairs become U+FFFD",
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"), (#"a\u0041\u00e4\u00E4b"#, "aA\u{e4}\u{e4}b"),
            (#"\ud83d\ude00"#, "\u{1F600}"), (#"\ud83d"#, "\u{FFFD}"), (#"\ude00"#, "\u{FFFD}"),
            (#"\ud83dx"#, "\u{FFFD}x"), (#"\ud83d\u0041"#, "\u{FFFD}A"), (#"\ud83d\ud83d\ude00"#, "\u{FFFD}\u{1F600}"),
            (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"), (#"\u0000"#, "\0"),
        ]
    )
    func escapes(content: String, text: String) throws {
        #expect(try Self.read("\"\(content)\"") == .string(text))
    }

    @Test("Invalid UTF-8 becomes U+FFFD")
    func invalidUTF8() throws {
        #expect(try JSONValue(parsing: [0x22, 0x61, 0xFF, 0x62, 0x22]) == .string("a\u{FFFD}b"))
        #expect(try JSONValue(parsing: [0x22, 0xC3, 0x5C, 0x6E, 0x22]) == .string("\u{FFFD}\n"))
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0xFF]) }
    }

    @Test(
        "Numbers are whole and fit, or are not",
        arguments: [
            ("7", 7, 7), ("-0", 0, 0), ("1.0", 1, 1), ("1e3", 1_000, 1_000), ("1.5", nil, 1.5),
            ("9223372036854775807", Int.max, 0x1p63), ("9223372036854775808", nil, 0x1p63),
            ("1e400", nil, nil), ("-1e999999999", nil, nil), ("1e-400", 0, 0),
        ] as [(String, Int?, Double?)]
    )
    func numbers(text: String, integer: Int?, double: Double?) throws {
        let value = try Self.read(text)
        #expect(value.integer == integer)
        #expect(value.double == double)
        #expect(value.text == text)
    }

    @Test("Of several members of one name the last counts, and all are written")
    func duplicates() throws {
        let value = try Self.read(#"{"a":1,"b":2,"\u0061":null}"#)
        #expect(value["a"] == .null)
        #expect(value.object?.members.map(\.key) == ["a", "b", "a"])
        #expect(value.text == #"{"a":1,"b":2,"a":null}"#)
    }

    @Test("Values can be read one by one, and passed")
    func pulling() throws {
        let bytes = Array(#"x{"a":[1,"b"],"c":{"d":[{}]},"e":null,"f":true}y"#.utf8)
        var reader = JSONReader(bytes, in: 1..<bytes.count - 1)
        try reader.beginObject()
        #expect(try reader.nextName() == "a")
        try reader.beginArray()
        #expect(try reader.nextElement())
        #expect(try reader.readNumber().integer == 1)
        #expect(try reader.nextElement())
        #expect(try reader.readString() == "b")
        #expect(try !reader.nextElement())
        #expect(try reader.nextName() == "c")
        let skipped = try reader.skipValue()
        #expect(String(decoding: bytes[skipped], as: UTF8.self) == #"{"d":[{}]}"#)
        #expect(try reader.nextName() == "e")
        #expect(try reader.readNull())
        #expect(try reader.nextName() == "f")
        #expect(try !reader.readNull())
        #expect(try reader.readBool())
        #expect(try reader.nextName() == nil)
        try reader.finish()
    }
}
