// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension UnsafeRawPointer {
    /// Whether the bytes here spell a word, letters of ASCII compared without regard to case.
    ///
    /// Eight bytes are compared at once: only at the places of letters may the bit of lower and upper case differ.
    ///
    /// - Parameter word: the word in lower case, of letters, digits and characters below `@`, such as hyphens. There must be as many
    ///   bytes here.
    @inline(__always)
    func spells(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        let expected = UnsafeRawPointer(word.utf8Start)
        if length < 8 {
            for offset in 0..<length {
                let byte = expected.load(fromByteOffset: offset, as: UInt8.self)
                let difference = self.load(fromByteOffset: offset, as: UInt8.self) ^ byte
                if difference & ~((byte & 0x40) >> 1) != 0 { return false }
            }
            return true
        }
        var offset = 0
        while true {
            let bytes = expected.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let difference = self.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ bytes
            // Of the characters of a word, letters alone have the bit 0x40.
            guard difference & ~((bytes & 0x4040_4040_4040_4040) >> 1) == 0 else { return false }
            guard offset < length &- 8 else { return true }
            // The last eight may be compared twice.
            offset = Swift.min(offset &+ 8, length &- 8)
        }
    }

    /// The same for a word of four to seven characters, which is compared four bytes at a time.
    @inline(__always)
    func spellsShort(_ word: StaticString) -> Bool {
        let expected = UnsafeRawPointer(word.utf8Start)
        // The first four and the last four, some of them twice.
        return self.spellsFour(expected, at: 0) && self.spellsFour(expected, at: word.utf8CodeUnitCount &- 4)
    }

    @inline(__always)
    private func spellsFour(_ word: UnsafeRawPointer, at offset: Int) -> Bool {
        let bytes = word.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        let difference = self.loadUnaligned(fromByteOffset: offset, as: UInt32.self) ^ bytes
        return difference & ~((bytes & 0x4040_4040) >> 1) == 0
    }

    /// Whether two pieces of memory of a length are equal.
    @inline(__always)
    func equals(_ other: UnsafeRawPointer, length: Int) -> Bool {
        if length < 8 {
            for offset in 0..<length
            where self.load(fromByteOffset: offset, as: UInt8.self)
                != other.load(fromByteOffset: offset, as: UInt8.self)
            {
                return false
            }
            return true
        }
        var offset = 0
        while true {
            let bytes = self.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard bytes == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self) else { return false }
            guard offset < length &- 8 else { return true }
            offset = Swift.min(offset &+ 8, length &- 8)
        }
    }
}
