// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// A path of at most 24 bytes as numbers: two are equal exactly if the paths are, so one path is compared with many at
/// little cost.
struct PathKey: Equatable {
    /// The longest path that has a key.
    static let maxBytes = 24

    private let count: UInt32
    /// The first eight bytes, the eight after them, and the last eight: together every byte of the path.
    private let words: (UInt64, UInt64, UInt64)

    /// - Parameters:
    ///   - bytes: the bytes that the path is in.
    ///   - path: the path.
    /// - Returns: nil if it is longer than ``maxBytes``.
    @inline(__always)
    init?(_ bytes: Span<UInt8>, _ path: ByteRange) {
        let count = Int(path.count)
        guard count <= Self.maxBytes, path.upperBound <= bytes.count else { return nil }
        self.count = path.count
        let start = path.lowerBound
        guard count >= 8 else {
            var word: UInt64 = 0
            for offset in 0..<count { word = word << 8 | UInt64(bytes[start + offset]) }
            self.words = (word, 0, 0)
            return
        }
        let raw = bytes.bytes
        func word(_ offset: Int) -> UInt64 { raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        self.words = (word(start), count > 16 ? word(start + 8) : 0, word(start + count - 8))
    }

    @inline(__always)
    static func == (left: PathKey, right: PathKey) -> Bool {
        left.count == right.count && left.words == right.words
    }
}
