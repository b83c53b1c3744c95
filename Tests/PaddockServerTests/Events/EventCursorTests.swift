// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockServer

@Suite struct EventCursorTests {
    @Test func `A cursor is read as it was written`() throws {
        let cursor = EventCursor(["b.1": 7, "a-x_": 0], time: 1_764_331_200_123)
        #expect(cursor.text == "1764331200123,a-x_:0,b.1:7")
        #expect(EventCursor(cursor.text) == cursor)
        #expect(EventCursor(number: 12).text == "12")
    }

    @Test(arguments: [
        "", "12", "x", ",", "1,", "1,a", "1,a:", "1,:5", "1,a:x", "1,a:-1", "-1,a:1", "1,a:1,a:2", "1,a:1:2", "1,a:1,",
        "1,a:99999999999999999999",
    ])
    func `What is none is none`(text: String) { #expect(EventCursor(text) == nil) }

    @Test func `A cursor is bounded`() {
        func text(_ count: Int) -> String { (["1"] + (0..<count).map { "m\($0):1" }).joined(separator: ",") }
        #expect(EventCursor(text(64))?.numbers.count == 64)
        #expect(EventCursor(text(65)) == nil)
    }

    @Test func `What follows the last event of its gateway is news`() {
        let cursor = EventCursor(["a": 5, "b": 9], time: 1_000)
        #expect(!cursor.start(of: "a", newest: 6).isBefore(5, time: 2_000))
        #expect(cursor.start(of: "a", newest: 6).isBefore(6, time: 10))
        // That one counts anew.
        #expect(cursor.start(of: "b", newest: 2).isBefore(1, time: 10))
        #expect(!cursor.start(of: "b", newest: 9).isBefore(1, time: 10))
        // The client has never heard of that one.
        #expect(!cursor.start(of: "c", newest: 50).isBefore(50, time: 1_000))
        #expect(cursor.start(of: "c", newest: 50).isBefore(1, time: 1_001))
    }
}
