// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// One line that is being put together, in memory of the caller and without strings in between.
///
/// What came from outside goes in through `appendQuoted` or `appendValue`, so that no byte of it can end the line or
/// reach a terminal as anything but printable ASCII. A line that does not fit is cut.
@usableFromInline
package struct LineBuffer {
    /// The most bytes of a line, its line break included. Enough for every field at its longest, escaped.
    package static let maxLineBytes = 16_384
    /// Bytes after the longest line that may be written to and mean nothing, as short pieces are stored as whole words.
    package static let slackBytes = 16

    @usableFromInline let memory: UnsafeMutableRawPointer
    /// The most bytes, without the line break; what does not fit lowers it to the bytes so far, so that nothing follows.
    @usableFromInline var limit: Int
    @usableFromInline var used = 0

    /// Bytes so far.
    @inlinable package var count: Int { self.used }

    /// Makes an empty line.
    ///
    /// - Parameter memory: where the line goes: at least ``maxLineBytes`` and ``slackBytes``.
    package init(_ memory: UnsafeMutableRawBufferPointer) {
        guard let start = memory.baseAddress, memory.count >= Self.maxLineBytes + Self.slackBytes else {
            preconditionFailure("there is no room for a line")
        }
        self.memory = start
        self.limit = Self.maxLineBytes - 1
    }

    /// Puts a line together and hands it over with its line break.
    ///
    /// - Parameters:
    ///   - write: puts it together.
    ///   - body: is given the line.
    package static func withLine<Result>(
        _ write: (inout LineBuffer) -> Void,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(byteCount: self.maxLineBytes + self.slackBytes, alignment: 8) { memory in
            var line = LineBuffer(memory)
            write(&line)
            return body(UnsafeRawBufferPointer(rebasing: memory[..<line.end()]))
        }
    }

    /// Ends the line with its line break.
    ///
    /// - Returns: how many bytes it has now.
    package mutating func end() -> Int {
        self.memory.storeBytes(of: UInt8(ascii: "\n"), toByteOffset: self.used, as: UInt8.self)
        self.used += 1
        return self.used
    }

    /// The bytes from an offset on; nil if there was no room for some of them.
    package func bytes(from start: Int) -> [UInt8]? {
        guard self.used < self.limit else { return nil }
        return Array(UnsafeRawBufferPointer(start: self.memory + start, count: self.used - start))
    }

    /// Where the next bytes go; nil if there is no room for this many, and then for no more at all.
    @inlinable
    @inline(__always)
    mutating func room(for count: Int) -> UnsafeMutableRawPointer? {
        guard self.limit - self.used >= count else {
            self.limit = self.used
            return nil
        }
        return self.memory + self.used
    }

    // MARK: - What is ours

    /// Appends a text whose length is known when this is compiled, so that no call is made for it.
    @inlinable
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        guard let start = self.room(for: length) else { return }
        start.copyMemory(from: text.utf8Start, byteCount: length)
        self.used += length
    }

    /// Appends one byte of printable ASCII.
    @inlinable
    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        guard let start = self.room(for: 1) else { return }
        start.storeBytes(of: byte, as: UInt8.self)
        self.used += 1
    }

    /// Appends bytes of printable ASCII.
    @usableFromInline
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let length = min(bytes.count, self.limit - self.used)
        if length > 0, let source = bytes.baseAddress {
            let target = self.memory + self.used
            // Most pieces are so long: words that overlap cost less than a call.
            switch length {
            case 8...16: Self.copyEnds(source, target, length, as: UInt64.self)
            case 17...32: Self.copyEnds(source, target, length, as: SIMD2<UInt64>.self)
            default: target.copyMemory(from: source, byteCount: length)
            }
            self.used += length
        }
        if length < bytes.count { self.limit = self.used }
    }

    /// Copies this many bytes as one value at their beginning and one at their end.
    private static func copyEnds<Word: BitwiseCopyable>(
        _ source: UnsafeRawPointer,
        _ target: UnsafeMutableRawPointer,
        _ count: Int,
        as word: Word.Type
    ) {
        let rest = count - MemoryLayout<Word>.size
        let last = source.loadUnaligned(fromByteOffset: rest, as: word)
        target.storeBytes(of: source.loadUnaligned(as: word), as: word)
        target.storeBytes(of: last, toByteOffset: rest, as: word)
    }

    /// Appends a text of printable ASCII.
    @inlinable
    package mutating func append(plain text: String) {
        text.withBytes { self.append($0) }
    }

    /// Appends blanks until this many bytes follow an offset.
    @inlinable
    @inline(__always)
    package mutating func pad(from start: Int, to width: Int) {
        let end = min(start + width, self.limit)
        var place = self.used
        while place < end {
            // Those after the end are overwritten by what follows.
            (self.memory + place).storeBytes(of: 0x2020_2020_2020_2020, as: UInt64.self)
            place += 8
        }
        self.used = max(end, self.used)
    }

    // MARK: - Numbers

    /// Appends a number in decimal.
    package mutating func append(_ number: Int) {
        if number < 0 { self.append(UInt8(ascii: "-")) }
        self.appendDigits(number.magnitude)
    }

    /// Appends a number with decimals.
    ///
    /// - Parameters:
    ///   - units: the number times ten to the power of `decimals`.
    ///   - decimals: the number of digits after the point, 1 to 8.
    package mutating func append(_ units: Int64, decimals: Int) {
        if units < 0 { self.append(UInt8(ascii: "-")) }
        var one: UInt = 10
        for _ in 1..<decimals { one *= 10 }
        let (whole, fraction) = UInt(units.magnitude).quotientAndRemainder(dividingBy: one)
        self.appendDigits(whole)
        self.append(UInt8(ascii: "."))
        self.appendDigits(fraction, atLeast: decimals)
    }

    /// Appends a number with one decimal.
    ///
    /// - Parameter tenths: ten times the number.
    package mutating func append(tenths: Int64) {
        if tenths < 0 { self.append(UInt8(ascii: "-")) }
        let (whole, tenth) = UInt(tenths.magnitude).quotientAndRemainder(dividingBy: 10)
        self.appendDigits(whole)
        guard let place = self.room(for: 2) else { return }
        let text = UInt16(UInt8(ascii: ".")) | UInt16(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: tenth)) &<< 8
        place.storeBytes(of: text.littleEndian, as: UInt16.self)
        self.used += 2
    }

    /// Appends a time of day with milliseconds, such as `2026-11-24T12:00:00.123Z`.
    ///
    /// - Parameters:
    ///   - nanosecondsSince1970: the time.
    ///   - clock: knows how the second is written if it is that of the last line.
    package mutating func appendTime(_ nanosecondsSince1970: Int64, _ clock: inout LineClock) {
        let (second, rest) = nanosecondsSince1970.quotientAndRemainder(dividingBy: 1_000_000_000)
        clock.withText(of: second) { self.append($0) }
        self.appendDigits(UInt(rest.magnitude / 1_000_000), atLeast: 3)
        self.append(UInt8(ascii: "Z"))
    }

    /// Appends a number in decimal, with zeros in front if it has fewer digits than `width`, which is at most 8.
    @inline(__always)
    private mutating func appendDigits(_ number: UInt, atLeast width: Int = 1) {
        if width == 1, number < 10 {
            self.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number))
        } else {
            self.appendSeveralDigits(number, atLeast: width)
        }
    }

    private mutating func appendSeveralDigits(_ number: UInt, atLeast width: Int) {
        guard number < 100_000_000 else {
            self.appendSeveralDigits(number / 100_000_000, atLeast: 1)
            return self.appendSeveralDigits(number % 100_000_000, atLeast: 8)
        }
        let digits = Self.eightDigits(UInt64(number))
        let zeros = min(digits.trailingZeroBitCount &>> 3, 8 &- width)
        guard let place = self.room(for: 8 &- zeros) else { return }
        let text = (digits | 0x3030_3030_3030_3030) &>> UInt64(truncatingIfNeeded: 8 &* zeros)
        place.storeBytes(of: text.littleEndian, as: UInt64.self)
        self.used &+= 8 &- zeros
    }

    /// The digits of a number below 100,000,000, one a byte, the first in the lowest.
    ///
    /// Halves, then pairs, then digits are divided all at once; the factors are exact for numbers of this length.
    private static func eightDigits(_ number: UInt64) -> UInt64 {
        let halves = number / 10_000 | (number % 10_000) &<< 32
        let hundreds = (halves &* 10_486) &>> 20 & 0x0000_007F_0000_007F
        let pairs = hundreds | (halves &- hundreds &* 100) &<< 16
        let tens = (pairs &* 103) &>> 10 & 0x000F_000F_000F_000F
        return tens | (pairs &- tens &* 10) &<< 8
    }
}
