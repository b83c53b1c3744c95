// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockProxy

@Suite("RequestIDs")
struct RequestIDTests {
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")

    @Test("Each five bits are one character")
    func characters() {
        var (first, second): (UInt64, UInt64) = (0, 0)
        for start in stride(from: 0, to: 32, by: 8) {
            // Above the 40 bits there is something, too.
            (first, second) = (UInt64.max << 40, UInt64.max << 40)
            for place in 0..<8 {
                first |= UInt64(start + place) << (5 * place)
                second |= UInt64(31 - start - place) << (5 * place)
            }
            let expected = Self.alphabet[start..<start + 7] + (0..<8).map { Self.alphabet[31 - start - $0] }
            #expect(RequestIDs.text(first, second) == String(expected))
        }
    }

    @Test("No two are alike")
    func distinct() {
        let ids = RequestIDs()
        let texts = (0..<1_000).map { _ in ids.next() }
        #expect(Set(texts).count == texts.count)
        #expect(texts.allSatisfy { $0.count == 15 && $0.allSatisfy(Self.alphabet.contains) })
        #expect(Set(texts.joined()) == Set(Self.alphabet))
    }
}
