// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A key that Paddock makes for a client: `pk-`, 33 characters for 192 random bits, and 6 for a checksum.
///
/// The prefix and the checksum let a scanner of code and logs recognise a key, and reject what only looks like one. Both parts are in
/// base 62, digits first, then upper case, then lower case; the checksum is the CRC-32 of the characters in front of it.
package struct ClientKey: Sendable {
    /// The key as its client sends it. It is shown once, and nowhere kept.
    package let text: String

    private static let prefix = "pk-"
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let secretLength = 33
    private static let checksumLength = 6

    /// A new key.
    ///
    /// - Parameter generator: where its bits come from.
    package init(using generator: inout some RandomNumberGenerator) {
        var words: [UInt32] = (0..<6).map { _ in generator.next() }
        let secret = Self.prefix + Self.text(&words, length: Self.secretLength)
        self.text = secret + Self.checksum(of: secret)
    }

    /// A new key, of the system's random bits.
    package static func random() -> ClientKey {
        var generator = SystemRandomNumberGenerator()
        return ClientKey(using: &generator)
    }

    /// Reads a key; nil if it is none that Paddock made.
    package init?(_ text: String) {
        let secret = text.utf8.dropLast(Self.checksumLength)
        guard text.hasPrefix(Self.prefix), secret.count == Self.prefix.utf8.count + Self.secretLength,
            text.utf8.dropFirst(Self.prefix.utf8.count).allSatisfy(Self.digits.contains),
            let secretText = String(secret), text == secretText + Self.checksum(of: secretText)
        else { return nil }
        self.text = text
    }

    /// Its hash, which is what is kept.
    package var hash: KeyHash { KeyHash(of: Array(self.text.utf8).span) }

    private static func checksum(of text: String) -> String {
        var words = [CRC32.checksum(text.utf8)]
        return Self.text(&words, length: Self.checksumLength)
    }

    /// A number in base 62, with zeros in front of it.
    ///
    /// - Parameter words: the number, most significant word first; zero afterwards.
    private static func text(_ words: inout [UInt32], length: Int) -> String {
        var result: [UInt8] = []
        for _ in 0..<length {
            var rest: UInt64 = 0
            for index in words.indices {
                let value = rest << 32 | UInt64(words[index])
                words[index] = UInt32(value / 62)
                rest = value % 62
            }
            result.append(Self.digits[Int(rest)])
        }
        return String(decoding: result.reversed(), as: UTF8.self)
    }
}

/// The checksum of Ethernet and zip.
enum CRC32 {
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
