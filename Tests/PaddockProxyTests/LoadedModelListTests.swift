// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockProxy

@Suite("What a backend lists as loaded")
struct LoadedModelListTests {
    private static let now = Instant(nanoseconds: 5_000_000_000)
    /// `2026-08-21T18:48:22Z`
    private static let time: Int64 = 1_787_338_102_000_000_000

    private func clock(_ date: String? = nil) -> BackendClock {
        BackendClock(date: date, now: Self.now, ours: Self.time)
    }

    private func list(_ text: String, _ clock: BackendClock? = nil) -> [LoadedModel]? {
        JSONList("models", namedBy: "name", in: Array(text.utf8)).map {
            LoadedModel.list($0, clock ?? self.clock())
        }
    }

    @Test("An entry has its name, its memory and when it is unloaded")
    func entry() {
        let text = #"""
            {"models":[{"name":"llama2:latest","model":"llama2:latest","size":5,"expires_at":"2026-08-21T20:53:22.5+02:00",
            "size_vram":4,"context_length":4096}]}
            """#
        let expected = LoadedModel(
            name: "llama2",
            bytes: 5,
            expiresAt: Self.now + .milliseconds(300_500),
            contextLength: 4_096
        )
        #expect(self.list(text) == [expected])
    }

    @Test("The backend's clock may be wrong: its dates are compared with the date of its reply")
    func skew() {
        let clock = self.clock("Fri, 21 Aug 2026 06:48:22 GMT")
        #expect(clock.instant(of: "2026-08-21T06:53:22Z") == Self.now + .seconds(299))
        #expect(clock.instant(of: "2026-08-21T06:40:22Z") == nil, "what has passed is of a model in use")
        let right = self.clock("Fri, 21 Aug 2026 18:48:21 GMT")
        #expect(right.instant(of: "2026-08-21T18:53:22Z") == Self.now + .seconds(300))
        let none = self.clock("yesterday")
        #expect(none.instant(of: "2026-08-21T18:53:22Z") == Self.now + .seconds(300))
    }

    @Test(
        "An entry that lies is as good as its name",
        arguments: [
            #""size":-5"#, #""size":1e400"#, #""size":"5""#, #""size":null"#, #""size":1.5"#, #""size":{"a":[1]}"#,
            #""expires_at":7"#, #""expires_at":"tomorrow""#, #""expires_at":"9999-12-31T23:59:59Z""#,
            #""context_length":0"#, #""context_length":"4096""#, #""context_length":1e400"#, #""context_length":-1"#,
            #""expires_at":"0001-01-01T00:00:00Z""#, #""expires_at":"2200-01-01T00:00:00Z""#, #""expires_at":["x"]"#,
        ]
    )
    func lies(member: String) {
        #expect(self.list(#"{"models":[{"name":"a",\#(member)}]}"#) == [LoadedModel(name: "a")])
    }

    @Test("Of a long list the first models count, and what has no name does not")
    func long() {
        let entries = (0..<2_000).map { #"{"name":"m\#($0)"}"# }.joined(separator: ",")
        #expect(self.list(#"{"models":[\#(entries)]}"#)?.count == LoadedModel.most)
        #expect(self.list(#"{"models":[{},{"name":""},{"name":7},{"name":"a"}]}"#) == [LoadedModel(name: "a")])
        #expect(self.list(#"{"models":null}"#) == [])
    }

    @Test(
        "What is no such list is none",
        arguments: ["", "[]", "{}", "null", #"{"models":{}}"#, #"{"models":[{"name":"a"}"#, "<html>", #"{"data":[]}"#]
    )
    func noList(text: String) {
        #expect(self.list(text) == nil)
    }
}
