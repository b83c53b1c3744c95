// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The SHA-256 hash of a client's key: what is kept and compared in place of the key.
package struct KeyHash: Hashable, Sendable {
    private let words: SIMD4<UInt64>

    private init(_ bytes: [UInt8]) {
        var words = SIMD4<UInt64>()
        for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        self.words = words
    }

    /// Hashes a key as it was sent.
    ///
    /// - Parameter key: the key.
    package init(of key: Span<UInt8>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(key.count + 72)
        for index in key.indices { bytes.append(key[index]) }
        self.init(SHA256.hash(bytes))
    }

    /// Reads a hash that was computed elsewhere; nil if the text is not 64 hexadecimal digits.
    ///
    /// - Parameter hexadecimal: the text.
    package init?(hexadecimal: String) {
        let digits = hexadecimal.utf8.compactMap(\.hexValue)
        guard digits.count == 64, hexadecimal.utf8.count == 64 else { return nil }
        self.init(stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }

    /// The hash as 64 hexadecimal digits.
    package var hexadecimal: String {
        (0..<4).map { word in
            let digits = String(self.words[word], radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Whether two hashes are equal, in a time that tells nothing about where they differ.
    package func equals(_ other: KeyHash) -> Bool {
        let difference = self.words ^ other.words
        return difference[0] | difference[1] | difference[2] | difference[3] == 0
    }
}
