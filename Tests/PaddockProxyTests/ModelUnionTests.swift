// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PaddockBase
import Testing

@testable import PaddockProxy

@Suite("Lists that several backends answer together")
struct ModelUnionTests {
    private static func join(_ union: Route.Union, _ bodies: [String]) -> String? {
        let lists = bodies.compactMap { ModelUnion.list(union, Array($0.utf8)) }
        return lists.count == bodies.count ? ModelUnion.join(union, lists) : nil
    }

    @Test("Of equal entries the first is kept, in the order of the backends", arguments: [Route.Union.tags, .running])
    func models(union: Route.Union) {
        let first = #"{"models":[{"name":"b","size":9007199254740993},{"name":"a","x":null}]}"#
        let second = #"{"models":[{"name":"a","x":1},{"name":"c","y":[true,1.5,"/"]},{"name":"b"}]}"#
        #expect(
            Self.join(union, [first, second])
                == #"{"models":[{"name":"b","size":9007199254740993},{"name":"a","x":null},"#
                + #"{"name":"c","y":[true,1.5,"/"]}]}"#
        )
    }

    @Test("Entries of OpenAI's list are identified by id")
    func openAI() {
        let first = #"{"object":"list","data":[{"id":"a","name":"x"}]}"#
        let second = #"{"object":"list","data":[{"id":"a"},{"id":"b","name":"x"}]}"#
        #expect(
            Self.join(.openAIModels, [first, second])
                == #"{"data":[{"id":"a","name":"x"},{"id":"b","name":"x"}],"object":"list"}"#
        )
    }

    @Test("A list with nothing in it adds nothing, be it empty or null")
    func empty() {
        let bodies = [#"{"models":[]}"#, #"{"models":null}"#, #" { "models" : [ {"name":"a"} ] } "#]
        #expect(Self.join(.tags, bodies) == #"{"models":[{"name":"a"}]}"#)
        #expect(Self.join(.tags, [#"{"models":null}"#]) == #"{"models":[]}"#)
        #expect(Self.join(.openAIModels, [#"{"data":null}"#]) == #"{"data":[],"object":"list"}"#)
        #expect(Self.join(.tags, []) == #"{"models":[]}"#)
    }

    @Test("Entries without a name are all kept")
    func nameless() {
        #expect(Self.join(.tags, [#"{"models":[{},7]}"#, #"{"models":[{}]}"#]) == #"{"models":[{},7,{}]}"#)
    }

    @Test("Entries are unchanged, whatever else they contain, and are identified by the values of their names")
    func asTheyCame() {
        let first =
            #"{"other":{"models":[1]},"models":[1],"models":[{"name":"a\u002fb","n":1.50,"big":123456789012345678901234567890}]}"#
        let second = #"{"models":[ {"name" : "a/b"}, {"name":"c","name":"d"}, [ ], "x" ],"x":-0.5e+10}"#
        #expect(
            Self.join(.tags, [first, second])
                == #"{"models":[{"name":"a\u002fb","n":1.50,"big":123456789012345678901234567890},"#
                + #"{"name":"c","name":"d"},[ ],"x"]}"#
        )
    }

    @Test("If damaged JSON is taken for a list, the result is JSON", arguments: 0..<4)
    func damaged(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let text = Array(
            #"{"a":[1,-2.5e3,true,null],"models":[{"name":"a","x":{"y":["z\n"]}},{"name":"b"}],"b":{}}"#.utf8
        )
        let pieces = Array(#"{}[]",:\0-.etn "#.utf8)
        for _ in 0..<3_000 {
            var damaged = text
            for _ in 0...Int(random.next() % 2) {
                let index = Int(random.next() % UInt64(damaged.count))
                switch random.next() % 3 {
                case 0: damaged.remove(at: index)
                case 1: damaged.insert(pieces[Int(random.next() % UInt64(pieces.count))], at: index)
                default: damaged[index] = pieces[Int(random.next() % UInt64(pieces.count))]
                }
            }
            guard let list = ModelUnion.list(.tags, damaged) else { continue }
            let joined = ModelUnion.join(.tags, [list])
            #expect(throws: Never.self, "\(joined)") { try JSONSerialization.jsonObject(with: Data(joined.utf8)) }
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(damaged)) }
        }
    }

    @Test("Deep nesting and long lists are read without a deep stack, and a list that is too deep is refused")
    func deep() {
        func nested(_ depth: Int) -> String {
            #"{"models":["# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "]}"
        }
        #expect(Self.join(.tags, [nested(500)]) == nested(500))
        #expect(Self.join(.tags, [nested(1_000_000)]) == nil)
    }

    @Test("Header fields are those that all replies have in common; of Vary all")
    func fields() {
        func field(_ name: String, _ value: String) -> HeaderField { HeaderField(name: name, value: value) }
        let first = [
            field("Access-Control-Allow-Origin", "*"), field("Server", "a"), field("Content-Type", "text/plain"),
            field("Vary", "Origin"), field("X-Same", "1"), field("ETag", "e"), field("X-Twice", "1"),
            field("X-Twice", "2"),
        ]
        let second = [
            field("access-control-allow-origin", "*"), field("Server", "b"), field("Content-Type", "text/plain"),
            field("Vary", "Accept"), field("x-same", "1"), field("ETag", "e"), field("X-Twice", "2"),
        ]
        #expect(
            ModelUnion.fields([first, second]) == [
                field("Access-Control-Allow-Origin", "*"), field("X-Same", "1"), field("X-Twice", "2"),
                field("Vary", "Origin, Accept"),
            ]
        )
        #expect(ModelUnion.fields([]).isEmpty)
    }

    @Test(
        "Anything but an object with such a list is refused",
        arguments: [
            "", "[]", "null", "{", "404 page not found", "\"a\"", "{}", #"{"models":{}}"#, #"{"models":"a"}"#,
            #"{"data":[]}"#,
            "<html></html>", #"{"models":[]} x"#, #"{"models":[01]}"#, #"{"models":[1,]}"#, #"{"models":[],}"#,
            #"{"models":["\q"]}"#, #"{"models":[tru]}"#, #"{"models":[+1]}"#, #"{"models":[.5]}"#, #"{"models":[1e]}"#,
        ]
    )
    func noList(body: String) {
        #expect(Self.join(.tags, [#"{"models":[]}"#, body]) == nil)
    }
}
