// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON
import Testing

@testable import PaddockSimulator

@Suite("Values that fit JSON schemas")
struct SchemaSampleTests {
    private func sample(_ schema: String) throws -> String {
        try SchemaSample(schema: Self.parse(schema)).text
    }

    private static func parse(_ text: String) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    @Test(
        "Numbers lie within their bounds",
        arguments: [
            (#"{"type":"integer"}"#, "1"),
            (#"{"type":"integer","minimum":5}"#, "5"),
            (#"{"type":"integer","exclusiveMinimum":5}"#, "6"),
            (#"{"type":"integer","minimum":5,"exclusiveMinimum":true}"#, "6"),
            (#"{"type":"integer","maximum":-5}"#, "-5"),
            (#"{"type":"integer","exclusiveMaximum":-5}"#, "-6"),
            (#"{"type":"integer","minimum":4.5,"maximum":5.5}"#, "5"),
            (#"{"type":"integer","multipleOf":7}"#, "7"),
            (#"{"type":"integer","multipleOf":7,"minimum":8}"#, "14"),
            (#"{"type":"integer","multipleOf":7,"exclusiveMinimum":14}"#, "21"),
            (#"{"type":"integer","multipleOf":7,"maximum":-1}"#, "-7"),
            (#"{"type":"integer","minimum":-9,"maximum":-3}"#, "-3"),
            (#"{"type":"number","minimum":0,"maximum":0.5}"#, "0.25"),
            (#"{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1}"#, "0.5"),
            (#"{"type":"number","maximum":-2.5}"#, "-3.5"),
            (#"{"type":"number","minimum":2.5}"#, "3.5"),
            (#"{"type":"number","multipleOf":0.25,"exclusiveMaximum":0.5}"#, "0.25"),
            (#"{"maximum":0}"#, "-1"),
        ]
    )
    func numbers(schema: String, expected: String) throws {
        #expect(try self.sample(schema) == expected)
    }

    @Test(
        "Strings, lists and choices follow their rules",
        arguments: [
            (#"{"type":"string","minLength":12}"#, #""simulatedxxx""#),
            (#"{"type":"string","maxLength":3}"#, #""sim""#),
            (#"{"type":"string","format":"date"}"#, #""2026-01-01""#),
            (#"{"type":"array","items":{"type":"integer"},"minItems":2}"#, "[1,1]"),
            (#"{"type":"array","items":{"type":"integer"},"minItems":3,"uniqueItems":true}"#, "[1,2,3]"),
            (#"{"type":"array","items":{"enum":["a","b"]},"minItems":2,"uniqueItems":true}"#, #"["a","b"]"#),
            (#"{"type":"array","items":{"type":"boolean"},"maxItems":0}"#, "[]"),
            (#"{"type":"array"}"#, "[]"),
            (#"{"prefixItems":[{"type":"null"},{"type":"boolean"}]}"#, "[null,true]"),
            (#"{"type":["null","boolean"]}"#, "true"),
            (#"{"const":{"a":[1.5]}}"#, #"{"a":[1.5]}"#),
            (#"{"anyOf":[{"type":"null"},{"type":"integer"}]}"#, "1"),
            (#"{"type":"integer","anyOf":[{"minimum":3},{"minimum":4}]}"#, "3"),
            (
                #"{"allOf":[{"properties":{"a":{"type":"null"}}},{"properties":{"b":{"const":2}}}]}"#,
                #"{"a":null,"b":2}"#
            ),
            (##"{"$defs":{"a/b":{"const":7}},"$ref":"#/$defs/a~1b"}"##, "7"),
            (#"{"type":"object","required":["a"]}"#, #"{"a":"simulated"}"#),
            (#"{"properties":{"a":{"type":"string","pattern":"^x$"},"b":{"const":1}}}"#, #"{"b":1}"#),
            (
                #"{"properties":{"a":{"const":1}},"required":["a","c"],"additionalProperties":{"const":3}}"#,
                #"{"a":1,"c":3}"#
            ),
        ]
    )
    func others(schema: String, expected: String) throws {
        #expect(try self.sample(schema) == expected)
    }

    @Test("A recursive schema ends with what it requires")
    func recursion() throws {
        let list =
            ##"{"properties":{"value":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["value"]}"##
        let text = try self.sample(list)
        #expect(text.hasPrefix(#"{"value":1,"next":{"value":1,"#))
        #expect(text.hasSuffix(#""value":1,"next":null}}}}}}}"#))
    }

    @Test(
        "Whatever a schema asks for, the value is bounded",
        arguments: [
            ##"{"type":"object","properties":{"a":{"$ref":"#"},"b":{"$ref":"#"}},"required":["a","b"]}"##,
            ##"{"type":"array","minItems":2000000000,"items":{"type":"array","minItems":2000000000,"items":{"$ref":"#"}}}"##,
            #"{"type":"string","minLength":2000000000}"#,
            ##"{"allOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}"##,
        ]
    )
    func bounds(schema: String) throws {
        #expect(try self.sample(schema).utf8.count < 200_000)
    }

    @Test("A schema of a hundred thousand names takes no longer than it is long", .timeLimit(.minutes(1)))
    func wide() throws {
        let names = (0..<100_000).map { #""p\#($0)""# }.joined(separator: ",")
        let keys = (0..<100_000).map { #""x\#($0)":1"# }.joined(separator: ",")
        let schema = #"{"required":[\#(names)],"properties":{\#(keys)},\#(keys)}"#
        #expect(try self.sample(schema).hasPrefix(#"{"x0":"#))
    }

    @Test("Arguments are an object, whatever the schema says", arguments: [#"{"type":"string"}"#, "[]", "{}", "true"])
    func objects(schema: String) throws {
        #expect(try SchemaSample(schema: Self.parse(schema)).objectText == "{}")
    }
}
