// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockProxy

@Suite("Lists that several backends answer together")
struct ModelUnionTests {
    private static func join(_ union: Route.Union, _ bodies: [String]) -> String? {
        ModelUnion.join(union, bodies.map { Array($0.utf8) })
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

    @Test("OpenAI's list is told apart by id")
    func openAI() {
        let first = #"{"object":"list","data":[{"id":"a","name":"x"}]}"#
        let second = #"{"object":"list","data":[{"id":"a"},{"id":"b","name":"x"}]}"#
        #expect(
            Self.join(.openAIModels, [first, second])
                == #"{"data":[{"id":"a","name":"x"},{"id":"b","name":"x"}],"object":"list"}"#
        )
    }

    @Test("A list with nothing in it adds nothing, be it empty, null or missing")
    func empty() {
        let bodies = [#"{"models":[]}"#, #"{"models":null}"#, "{}", #"{"models":[{"name":"a"}]}"#]
        #expect(Self.join(.tags, bodies) == #"{"models":[{"name":"a"}]}"#)
        #expect(Self.join(.tags, [#"{"models":null}"#]) == #"{"models":[]}"#)
        #expect(Self.join(.openAIModels, [#"{"data":null}"#]) == #"{"data":[],"object":"list"}"#)
        #expect(Self.join(.tags, []) == #"{"models":[]}"#)
    }

    @Test("Entries without a name are all kept")
    func nameless() {
        #expect(Self.join(.tags, [#"{"models":[{},7]}"#, #"{"models":[{}]}"#]) == #"{"models":[{},7,{}]}"#)
    }

    @Test("What is no JSON object makes no list", arguments: ["", "[]", "null", "{", "404 page not found", "\"a\""])
    func noList(body: String) {
        #expect(Self.join(.tags, [#"{"models":[]}"#, body]) == nil)
    }
}
