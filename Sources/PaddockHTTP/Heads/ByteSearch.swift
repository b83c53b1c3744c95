// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Searches that look at eight bytes at a time: bodies carry images and sound of many megabytes, and each head is searched.
extension Span<UInt8> {
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var tops: UInt64 { 0x8080_8080_8080_8080 }

    /// The offset of the first byte from `start` on that ends a run of plain JSON text; `count` when there is none.
    ///
    /// That is a double quote, a backslash or a control character.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        self.firstMatch(from: start) { word in
            // Flipping one bit swaps `"` (0x22) and the blank (0x20), and keeps the control characters below 0x20:
            // what is less than 0x21 then is a quote or a control character.
            let flipped = word ^ (Self.ones &* 0x02)
            let quoteOrControl = (flipped &- Self.ones &* 0x21) & ~flipped
            let escaped = word ^ (Self.ones &* UInt64(UInt8(ascii: "\\")))
            return (quoteOrControl | (escaped &- Self.ones) & ~escaped) & Self.tops
        }
    }

    /// The offset of the first `byte` from `start` on; `count` when there is none.
    @inline(__always)
    func firstOffset(of byte: UInt8, from start: Int) -> Int {
        let pattern = Self.ones &* UInt64(byte)
        return self.firstMatch(from: start) { word in
            let difference = word ^ pattern
            return (difference &- Self.ones) & ~difference & Self.tops
        }
    }

    /// The offset of the first byte from `start` on that is not allowed in a field value; `count` when there is none.
    ///
    /// That is a control character, but for the tab (RFC 9110 §5.5).
    func endOfFieldValue(from start: Int) -> Int {
        var index = start
        while true {
            index = self.firstMatch(from: index) { word in
                let control = (word &- Self.ones &* 0x20) & ~word
                let delete = word ^ (Self.ones &* 0x7F)
                return (control | (delete &- Self.ones) & ~delete) & Self.tops
            }
            guard index < self.count, self[index] == .tab else { return index }
            index += 1
        }
    }

    /// The offset of the first byte that `hits` marks; `count` when there is none.
    ///
    /// `hits` takes eight bytes, the first one lowest, and sets the top bit of those that match. A borrow may mark bytes
    /// above the first match, never below it.
    @inline(__always)
    private func firstMatch(from start: Int, _ hits: (UInt64) -> UInt64) -> Int {
        let raw = self.bytes
        let end = raw.byteCount
        var index = start
        if end &- index >= 8 {
            // Most strings are shorter than that.
            let found = hits(raw.word(at: index))
            if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while end &- index >= 32 {
            let first = hits(raw.word(at: index))
            let second = hits(raw.word(at: index &+ 8))
            let third = hits(raw.word(at: index &+ 16))
            let fourth = hits(raw.word(at: index &+ 24))
            if first | second | third | fourth != 0 {
                if first != 0 { return index &+ first.trailingZeroBitCount / 8 }
                if second != 0 { return index &+ 8 &+ second.trailingZeroBitCount / 8 }
                if third != 0 { return index &+ 16 &+ third.trailingZeroBitCount / 8 }
                return index &+ 24 &+ fourth.trailingZeroBitCount / 8
            }
            index &+= 32
        }
        while end &- index >= 8 {
            let found = hits(raw.word(at: index))
            if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < end {
            // One byte in a word of blanks, which match nothing that is searched for.
            let word = Self.ones &* UInt64(UInt8.space) ^ UInt64(self[index] ^ .space)
            if hits(word) & 0x80 != 0 { return index }
            index &+= 1
        }
        return end
    }
}

extension RawSpan {
    /// The eight bytes at an offset, the first one lowest.
    ///
    /// The offset and the seven after it must be in the span.
    @inline(__always)
    fileprivate func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
