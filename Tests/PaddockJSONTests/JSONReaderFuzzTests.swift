// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PaddockBase
import PaddockJSON
import Testing

@Suite("Reading random input")
struct JSONReaderFuzzTests {
    private static let text = Array(
        #"{"a":[1,-2.5e3,true,null,0.25],"models":[{"name":"a","x":{"y":["z\n"]}},{"name":"b","a":1,"a":2}],"b":{"":false}}"#
            .utf8
    )
    private static let pieces = Array(#"{}[]",:\/u0019dDfe-+.Etrn "#.utf8)

    /// Reads a text in both ways and checks what must be true of any.
    ///
    /// - Returns: the value; nil if it is no JSON.
    @discardableResult
    private static func check(_ bytes: [UInt8]) -> JSONValue? {
        var passing = JSONReader(bytes)
        let passed = Result {
            try passing.skipValue()
            try passing.finish()
        }
        do throws(JSONError) {
            let value = try JSONValue(parsing: bytes)
            #expect(throws: Never.self) { try passed.get() }
            // What was read is the same once written and read again.
            let again = try? JSONValue(parsing: Array(value.text.utf8))
            #expect(again == value, "\(bytes)")
            return value
        } catch {
            #expect(throws: error) { try passed.get() }
            #expect((0...bytes.count).contains(error.offset), "\(error): \(bytes)")
            return nil
        }
    }

    @Test("Any bytes are read or refused", arguments: 0..<4 as Range<UInt64>)
    func bytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            Self.check((0..<random.number(below: 40)).map { _ in UInt8(random.number(below: 256)) })
            Self.check((0..<random.number(below: 40)).map { _ in Self.pieces[random.number(below: Self.pieces.count)] })
        }
    }

    @Test("Strings of any bytes are read or refused", arguments: 0..<4 as Range<UInt64>)
    func strings(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let escapes = [#"\ud83d"#, #"\ude00"#, #"\n"#, #"\u0041"#, #"\"#, "\u{e4}", "\u{2028}"].map { Array($0.utf8) }
        var strings = 0
        for _ in 0..<2_000 {
            let content = (0..<random.number(below: 8)).flatMap { _ in
                random.number(below: 2) == 0
                    ? escapes[random.number(below: escapes.count)] : [UInt8(0x20 + random.number(below: 0xE0))]
            }
            if Self.check([UInt8(ascii: "\"")] + content + [UInt8(ascii: "\"")]) != nil { strings += 1 }
        }
        #expect(strings > 500)
    }

    @Test("No beginning of a text is the text")
    func truncations() {
        for length in Self.text.indices { #expect(Self.check(Array(Self.text[..<length])) == nil) }
        #expect(Self.check(Self.text) != nil)
    }

    @Test("Of what was damaged, the same is JSON as for another reader", arguments: 0..<4 as Range<UInt64>)
    func damaged(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var refused = 0
        for _ in 0..<2_000 {
            var damaged = Self.text
            for _ in 0...random.number(below: 2) {
                let index = random.number(below: damaged.count)
                switch random.number(below: 3) {
                case 0: damaged.remove(at: index)
                case 1: damaged.insert(Self.pieces[random.number(below: Self.pieces.count)], at: index)
                default: damaged[index] = Self.pieces[random.number(below: Self.pieces.count)]
                }
            }
            let value = Self.check(damaged)
            let text = String(decoding: damaged, as: UTF8.self)
            let isJSON = (try? JSONSerialization.jsonObject(with: Data(damaged), options: .fragmentsAllowed)) != nil
            // The other reader lets a comma precede an end.
            let dense = text.filter { $0 != " " }
            let mayDiffer = isJSON && (dense.contains(",}") || dense.contains(",]"))
            #expect((value != nil) == isJSON || mayDiffer, "\(text)")
            if value == nil { refused += 1 }
        }
        #expect((100..<2_000).contains(refused))
    }

    @Test("Containers of any depth and numbers of any size are read or refused", arguments: 0..<4 as Range<UInt64>)
    func deepAndHuge(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            let depth = 500 + random.number(below: 24)
            let kinds = (0..<depth).map { _ in random.number(below: 2) == 0 }
            let text =
                kinds.map { $0 ? "[" : #"{"a":"# }.joined() + "1" + kinds.reversed().map { $0 ? "]" : "}" }.joined()
            #expect((Self.check(Array(text.utf8)) != nil) == (depth <= JSONReader.maxDepth))
            let digits = String(
                (0...random.number(below: 400)).map { _ in "123456789".randomElement(using: &random) ?? "1" }
            )
            for number in ["\(digits)", "-\(digits).\(digits)", "\(digits)e\(digits)", "\(digits)E-\(digits)"] {
                #expect(Self.check(Array(number.utf8))?.text == number)
            }
        }
    }
}
