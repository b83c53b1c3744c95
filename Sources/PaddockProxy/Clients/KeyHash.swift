// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Crypto

/// The SHA-256 hash of a client's key: what is kept and compared in place of the key.
package struct KeyHash: Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Hashes a key as it was sent.
    init(of key: Span<UInt8>) {
        var hasher = SHA256()
        key.withUnsafeBufferPointer { hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        self.init(Array(hasher.finalize()))
    }

    /// Takes a hash that was worked out before.
    ///
    /// - Parameter bytes: Its 32 bytes.
    package init(_ bytes: [UInt8]) {
        precondition(bytes.count == 32, "a SHA-256 hash has 32 bytes")
        func word(_ index: Int) -> UInt64 { bytes[8 * index..<8 * index + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        self.words = (word(0), word(1), word(2), word(3))
    }

    /// Whether two hashes are equal, in a time that tells nothing about where they differ.
    func equals(_ other: KeyHash) -> Bool {
        (self.words.0 ^ other.words.0) | (self.words.1 ^ other.words.1) | (self.words.2 ^ other.words.2)
            | (self.words.3 ^ other.words.3) == 0
    }
}
