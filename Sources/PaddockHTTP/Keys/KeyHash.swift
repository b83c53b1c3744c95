// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The SHA-256 hash of a client's key: what is kept and compared in place of the key.
package struct KeyHash: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Hashes a key as it was sent.
    ///
    /// - Parameter key: the key.
    package init(of key: Span<UInt8>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(key.count + 72)
        for index in key.indices { bytes.append(key[index]) }
        self.bytes = SHA256.hash(bytes)
    }

    /// Reads a hash that was worked out elsewhere; nil where the text is not 64 hexadecimal digits.
    ///
    /// - Parameter hexadecimal: the text.
    package init?(hexadecimal: String) {
        let digits = hexadecimal.utf8.compactMap(\.hexValue)
        guard digits.count == 64, hexadecimal.utf8.count == 64 else { return nil }
        self.bytes = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// Whether two hashes are equal, in a time that tells nothing about where they differ.
    package func equals(_ other: KeyHash) -> Bool {
        var difference: UInt8 = 0
        for index in 0..<32 { difference |= self.bytes[index] ^ other.bytes[index] }
        return difference == 0
    }
}
