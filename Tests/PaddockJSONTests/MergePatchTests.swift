// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockJSON
import Testing

@Suite("Merge patches")
struct MergePatchTests {
    @Test(
        "A patch is merged as the examples of RFC 7386 say",
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ]
    )
    func merging(old: String, patch: String, new: String) throws {
        let (old, patch) = (try JSONValue(parsing: Array(old.utf8)), try JSONValue(parsing: Array(patch.utf8)))
        #expect(old.merging(patch).text == new)
    }

    @Test("There is none between equal values, and it has only what differs")
    func patches() throws {
        let old: JSONValue = ["a": 1, "b": ["c": 2, "d": [1, 2]], "e": "x"]
        #expect(old.mergePatch(since: old) == nil)
        let new: JSONValue = ["a": 1, "b": ["c": 3, "d": [1, 2]], "f": ["g": 4]]
        #expect(new.mergePatch(since: old)?.text == #"{"b":{"c":3},"f":{"g":4},"e":null}"#)
        #expect(new.mergePatch(since: .null) == new)
    }

    @Test("A patch makes the new value of the old one", arguments: UInt64(0)..<200)
    func roundTrip(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let (old, new) = (Self.value(&random, depth: 0), Self.value(&random, depth: 0))
        guard let patch = new.mergePatch(since: old) else {
            #expect(new == old)
            return
        }
        #expect(Self.members(old.merging(patch)) == Self.members(new))
    }

    /// An object without nulls, as a patch cannot say them.
    private static func value(_ random: inout SeededRandom, depth: Int) -> JSONValue {
        switch depth == 0 ? 3 : Int.random(in: 0..<(depth > 3 ? 3 : 4), using: &random) {
        case 0: return JSONValue(Int.random(in: 0..<2, using: &random))
        case 1: return .string(["", "x"].randomElement(using: &random) ?? "")
        case 2: return [1, ["a": 1]]
        default:
            var object = JSONObject()
            for key in ["a", "b", "__proto__", "", "d"] where Bool.random(using: &random) {
                object.append(key, Self.value(&random, depth: depth + 1))
            }
            return .object(object)
        }
    }

    /// The value with the members in one order.
    private static func members(_ value: JSONValue) -> String {
        guard let object = value.object else { return value.text }
        return "{"
            + object.members.sorted { $0.key < $1.key }.map { "\($0.key):\(Self.members($0.value))" }.joined(
                separator: ","
            ) + "}"
    }
}
