// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A place in the bytes of a head, for reading it in one pass: each step moves past what it recognises, and stays where it is
/// at anything else, the end of the bytes included.
///
/// It works on a pointer: a head has some three hundred bytes, each of which would be looked up with a check of its own.
struct HeadCursor {
    private let start: UnsafeRawPointer
    private let count: Int
    private(set) var index = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        self.count = bytes.count
    }

    private func byte(_ index: Int) -> UInt8 { self.start.load(fromByteOffset: index, as: UInt8.self) }

    private func word(_ index: Int) -> UInt64 {
        UInt64(littleEndian: self.start.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Skips these very characters.
    ///
    /// - Returns: whether they are there.
    @inline(__always)
    mutating func skip(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard self.count &- self.index >= length,
            (self.start + self.index).equals(UnsafeRawPointer(text.utf8Start), length: length)
        else { return false }
        self.index &+= length
        return true
    }

    /// Skips a carriage return and a line feed.
    ///
    /// - Returns: whether they are there.
    @inline(__always)
    mutating func skipLineBreak() -> Bool {
        guard self.count &- self.index >= 2,
            UInt16(littleEndian: self.start.loadUnaligned(fromByteOffset: self.index, as: UInt16.self)) == 0x0A0D
        else { return false }
        self.index &+= 2
        return true
    }

    /// Skips a token (RFC 9110 §5.6.2).
    ///
    /// - Returns: where it ends.
    @inline(__always)
    mutating func skipToken() -> Int {
        while self.index < self.count, self.byte(self.index).isTokenByte { self.index &+= 1 }
        return self.index
    }

    /// Skips everything up to a colon, and the colon.
    ///
    /// - Returns: where the colon is; nil if there is none.
    @inline(__always)
    mutating func skipPastColon() -> Int? {
        while self.count &- self.index >= 8 {
            let word = self.word(self.index) ^ 0x3A3A_3A3A_3A3A_3A3A
            let hits = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if hits != 0 {
                let colon = self.index &+ hits.trailingZeroBitCount &>> 3
                self.index = colon &+ 1
                return colon
            }
            self.index &+= 8
        }
        while self.index < self.count {
            self.index &+= 1
            if self.byte(self.index &- 1) == .colon { return self.index &- 1 }
        }
        return nil
    }

    /// Whether the bytes of a range are a token.
    @inline(__always)
    func isToken(_ range: ByteRange) -> Bool {
        var index = range.lowerBound
        // Eight at a time, as nearly all names are letters and hyphens.
        while range.upperBound &- index >= 8, Self.areLettersOrHyphens(self.word(index)) { index &+= 8 }
        while index < range.upperBound {
            guard self.byte(index).isTokenByte else { return false }
            index &+= 1
        }
        return true
    }

    /// Whether eight bytes are letters of ASCII or hyphens.
    @inline(__always)
    private static func areLettersOrHyphens(_ word: UInt64) -> Bool {
        // The top bit of each sum says how a byte below 0x80 compares; one above that fails in any case.
        let folded = (word | 0x2020_2020_2020_2020) & 0x7F7F_7F7F_7F7F_7F7F
        let isAtLeastA = folded &+ 0x1F1F_1F1F_1F1F_1F1F
        let isAboveZ = folded &+ 0x0505_0505_0505_0505
        let isNoHyphen = (word ^ 0x2D2D_2D2D_2D2D_2D2D) &+ 0x7F7F_7F7F_7F7F_7F7F
        return (~isNoHyphen | isAtLeastA & ~isAboveZ) & ~word & 0x8080_8080_8080_8080 == 0x8080_8080_8080_8080
    }

    /// Skips a request's target: anything but blanks and control characters.
    @inline(__always)
    mutating func skipTarget() {
        // Eight at a time, as in ``skipFieldValue()``.
        while self.count &- self.index >= 8 {
            let word = self.word(self.index)
            let low = (word &- 0x2121_2121_2121_2121) & ~word
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let hits = (low | (delete &- 0x0101_0101_0101_0101) & ~delete) & 0x8080_8080_8080_8080
            if hits != 0 {
                self.index &+= hits.trailingZeroBitCount &>> 3
                return
            }
            self.index &+= 8
        }
        while self.index < self.count {
            let byte = self.byte(self.index)
            guard byte > .space, byte != 0x7F else { return }
            self.index &+= 1
        }
    }

    /// Skips three digits.
    ///
    /// - Returns: their value; nil if they are not there, or are not followed by a blank or a line break.
    mutating func skipStatus() -> Int? {
        guard self.count &- self.index > 3 else { return nil }
        var status = 0
        for offset in 0..<3 {
            let digit = self.byte(self.index &+ offset) &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            status = status &* 10 &+ Int(digit)
        }
        let next = self.byte(self.index &+ 3)
        guard next == .space || next == .carriageReturn else { return nil }
        self.index &+= 3
        return status
    }

    /// Skips blanks and tabs.
    @inline(__always)
    mutating func skipBlanks() {
        while self.index < self.count, self.byte(self.index) == .space || self.byte(self.index) == .tab {
            self.index &+= 1
        }
    }

    /// Skips what may be in a field value: all but control characters, the tab excepted (RFC 9110 §5.5).
    @inline(__always)
    mutating func skipFieldValue() {
        // Eight at a time: a control character has no bit above the low five, and the delete character is 0x7F.
        while self.count &- self.index >= 8 {
            let word = self.word(self.index)
            let control = (word &- 0x2020_2020_2020_2020) & ~word
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let hits = (control | (delete &- 0x0101_0101_0101_0101) & ~delete) & 0x8080_8080_8080_8080
            if hits == 0 {
                self.index &+= 8
            } else {
                // A borrow may mark bytes above the first hit, never below it.
                self.index &+= hits.trailingZeroBitCount &>> 3
                guard self.byte(self.index) == .tab else { return }
                self.index &+= 1
            }
        }
        while self.index < self.count, self.byte(self.index).isFieldValueByte { self.index &+= 1 }
    }

    /// Where what was skipped ends without the blanks at its end.
    @inline(__always)
    func endOfTrimmed(from start: Int) -> Int {
        var end = self.index
        while end > start, self.byte(end &- 1) == .space || self.byte(end &- 1) == .tab { end &-= 1 }
        return end
    }

    /// The kind of a field by its name, which has been skipped.
    @inline(__always)
    func kind(_ name: ByteRange) -> FieldKind { FieldKind(self.start + name.lowerBound, length: Int(name.count)) }

    /// Whether a value spells a word, letters of ASCII compared without regard to case.
    ///
    /// - Parameter word: the word in lower case.
    @inline(__always)
    func spells(_ value: ByteRange, _ word: StaticString) -> Bool {
        Int(value.count) == word.utf8CodeUnitCount && (self.start + value.lowerBound).spells(word)
    }
}
