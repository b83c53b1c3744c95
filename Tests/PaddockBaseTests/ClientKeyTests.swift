// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockBase

@Suite("Keys of clients")
struct ClientKeyTests {
    /// Gives the same number again and again.
    private struct Constant: RandomNumberGenerator {
        let number: UInt64
        mutating func next() -> UInt64 { self.number }
    }

    @Test("A key has a prefix, 192 bits and a checksum")
    func format() {
        var zero = Constant(number: 0)
        var ones = Constant(number: .max)
        let least = ClientKey(using: &zero).text
        let most = ClientKey(using: &ones).text
        #expect(least.hasPrefix("pk-" + String(repeating: "0", count: 33)))
        // 2^192 - 1 in base 62.
        #expect(most.hasPrefix("pk-2lFA6LboL2xx0ldQH2K1TdSrwuqMMiME3"))
        #expect(least.utf8.count == 42 && most.utf8.count == 42)
        #expect(ClientKey(least)?.text == least && ClientKey(most)?.text == most)
    }

    @Test("The checksum is that of zip")
    func checksum() { #expect(CRC32.checksum("123456789".utf8) == 0xCBF4_3926) }

    @Test("Two keys differ, and each is recognised")
    func random() {
        let keys = (0..<200).map { _ in ClientKey.random() }
        #expect(Set(keys.map(\.text)).count == 200 && Set(keys.map(\.hash)).count == 200)
        for key in keys { #expect(ClientKey(key.text)?.hash == key.hash) }
    }

    @Test("A key with one character changed, one more or one less is none")
    func mistyped() {
        let key = ClientKey.random().text
        for index in key.indices {
            var changed = key
            changed.replaceSubrange(index...index, with: key[index] == "x" ? "y" : "x")
            #expect(ClientKey(changed) == nil)
        }
        for text in ["", "pk-", String(key.dropLast()), key + "0", key.uppercased(), "pk-" + key] {
            #expect(ClientKey(text) == nil)
        }
    }
}
