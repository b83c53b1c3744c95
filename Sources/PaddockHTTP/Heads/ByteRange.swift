// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A range of byte offsets, counted from the first byte of a head.
@usableFromInline
package struct ByteRange: Equatable, Sendable {
    /// The offset of the first byte.
    @usableFromInline package var start: UInt32
    /// The number of bytes.
    @usableFromInline package var count: UInt32

    /// - Parameters:
    ///   - start: The offset of the first byte.
    ///   - end: The offset after the last one; not below `start`.
    @inlinable
    package init(start: Int, end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.count = UInt32(truncatingIfNeeded: end - start)
    }

    /// The empty range.
    package static let empty = ByteRange(start: 0, end: 0)

    /// The offset of the first byte.
    @inlinable
    package var lowerBound: Int { Int(self.start) }
    /// The offset after the last byte.
    @inlinable
    package var upperBound: Int { Int(self.start) + Int(self.count) }
    /// Whether there is no byte in it.
    @inlinable
    package var isEmpty: Bool { self.count == 0 }
}

extension Span<UInt8> {
    /// The bytes of a range as text; invalid UTF-8 becomes U+FFFD.
    package func text(_ range: ByteRange) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(range.count))
        for index in range.lowerBound..<range.upperBound { bytes.append(self[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the bytes of a range spell a word, letters of ASCII compared without regard to case.
    ///
    /// - Parameter word: the word in lower case, of letters, digits and characters below `@`, such as hyphens.
    package func matches(_ range: ByteRange, _ word: StaticString) -> Bool {
        guard Int(range.count) == word.utf8CodeUnitCount else { return false }
        precondition(range.upperBound <= self.count, "a range lies within its bytes")
        return self.withUnsafeBytes { bytes in
            bytes.baseAddress.map { ($0 + range.lowerBound).spells(word) } ?? true
        }
    }

    /// Whether the bytes of a range are these very characters.
    package func equals(_ range: ByteRange, _ text: StaticString) -> Bool {
        Int(range.count) == text.utf8CodeUnitCount && self.hasPrefix(range, text)
    }

    /// Whether the bytes of a range begin with these very characters.
    package func hasPrefix(_ range: ByteRange, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard Int(range.count) >= length else { return false }
        return text.withUTF8Buffer { expected in
            // Paths differ at their ends sooner than at their beginnings.
            var offset = length
            while offset > 0 {
                offset -= 1
                if self[range.lowerBound + offset] != expected[offset] { return false }
            }
            return true
        }
    }
}
