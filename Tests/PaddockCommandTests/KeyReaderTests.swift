// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import paddock

@Suite("Keys")
struct KeyReaderTests {
    private static func keys(_ pieces: String...) -> [Key] {
        var reader = KeyReader()
        return pieces.flatMap { reader.keys(in: Array($0.utf8)) }
    }

    @Test("Letters, arrows and the rest")
    func keys() {
        #expect(Self.keys("q+\r\n\u{7F}") == [.character("q"), .character("+"), .enter, .enter, .backspace])
        #expect(Self.keys("\u{1B}[A\u{1B}OB\u{1B}[5~\u{1B}[6~") == [.up, .down, .pageUp, .pageDown])
        #expect(Self.keys("\u{1B}[H\u{1B}[F\u{3}\u{1A}") == [.home, .end, .control("c"), .control("z")])
    }

    @Test("Escape alone is a key, and a key that arrives in pieces is one key")
    func pieces() {
        #expect(Self.keys("\u{1B}") == [.escape])
        #expect(Self.keys("\u{1B}[", "A", "q") == [.up, .character("q")])
        #expect(Self.keys("\u{1B}[1;5", "Aq") == [.character("q")])
    }

    @Test("Input that is not a key is skipped")
    func noise() {
        #expect(Self.keys("ä\u{0}x") == [.character("x")])
        #expect(Self.keys("\u{1B}[" + String(repeating: "1", count: 40), "q") == [.character("q")])
    }
}
