// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// One line that is being put together, in memory of the caller's stack and without strings in between.
///
/// What came from outside goes in through `appendQuoted` or `appendValue`, so that no byte of it can end the line or
/// reach a terminal as anything but printable ASCII. A line that does not fit is cut.
package struct LineBuffer {
    /// The most bytes of a line, its line break included. Enough for every field at its longest, escaped.
    static let maxLineBytes = 16_384

    private let memory: UnsafeMutableBufferPointer<UInt8>
    /// Bytes so far.
    package private(set) var count = 0
    /// Whether something did not fit.
    private var isCut = false

    /// Most lines fit in so much, for which no memory has to be taken.
    static let usualLineBytes = 1024

    /// Puts a line together and hands it over with its line break.
    ///
    /// - Parameters:
    ///   - write: puts it together; called again, with more room, where the line is a long one.
    ///   - body: is given the line.
    static func withLine<Result>(
        _ write: (inout LineBuffer) -> Void,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        if let result = Self.withLine(upTo: Self.usualLineBytes, write, { $0.isCut ? nil : body($1) }) { return result }
        return Self.withLine(upTo: Self.maxLineBytes, write) { body($1) }
    }

    private static func withLine<Result>(
        upTo maxBytes: Int,
        _ write: (inout LineBuffer) -> Void,
        _ body: (LineBuffer, UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: maxBytes) { memory in
            // One byte is kept for the line break.
            var line = LineBuffer(memory: UnsafeMutableBufferPointer(rebasing: memory.dropLast()))
            write(&line)
            memory[line.count] = UInt8(ascii: "\n")
            return body(line, UnsafeBufferPointer(rebasing: memory[...line.count]))
        }
    }

    private init(memory: UnsafeMutableBufferPointer<UInt8>) { self.memory = memory }

    // MARK: - What is ours

    /// Appends a text whose length is known when this is compiled, so that no call is made for it.
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        guard let start = self.room(for: length) else { return self.isCut = true }
        start.copyMemory(from: text.utf8Start, byteCount: length)
        self.count += length
    }

    /// Appends one byte of printable ASCII.
    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        guard let start = self.room(for: 1) else { return self.isCut = true }
        start.storeBytes(of: byte, as: UInt8.self)
        self.count += 1
    }

    /// Where the next bytes go; nil if there is no room for so many.
    @inline(__always)
    private func room(for count: Int) -> UnsafeMutableRawPointer? {
        guard self.memory.count - self.count >= count, let start = self.memory.baseAddress else { return nil }
        return UnsafeMutableRawPointer(start + self.count)
    }

    /// Appends bytes of printable ASCII.
    package mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        let room = min(bytes.count, self.memory.count - self.count)
        if room < bytes.count { self.isCut = true }
        guard room > 0, let from = bytes.baseAddress, let start = self.memory.baseAddress else { return }
        let target = UnsafeMutableRawPointer(start + self.count)
        let source = UnsafeRawPointer(from)
        if 8...16 ~= room {
            // Most pieces are so long: two words that overlap cost less than a call.
            let last = source.loadUnaligned(fromByteOffset: room - 8, as: UInt64.self)
            target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
            target.storeBytes(of: last, toByteOffset: room - 8, as: UInt64.self)
        } else {
            target.copyMemory(from: source, byteCount: room)
        }
        self.count += room
    }

    /// Appends a text of printable ASCII.
    package mutating func append(plain text: String) {
        var text = text
        text.withUTF8 { self.append($0) }
    }

    /// Appends bytes of printable ASCII.
    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { self.append($0) }
    }

    /// Appends a number in decimal.
    package mutating func append(_ number: Int) {
        if number < 0 { self.append(UInt8(ascii: "-")) }
        self.appendDigits(number.magnitude, atLeast: 1)
    }

    /// Appends a number with decimals.
    ///
    /// - Parameters:
    ///   - units: the number times ten to the power of `decimals`.
    ///   - decimals: how many digits stand behind the point, at least 1.
    package mutating func append(_ units: Int64, decimals: Int) {
        if units < 0 { self.append(UInt8(ascii: "-")) }
        self.appendDigits(UInt(units.magnitude), atLeast: decimals + 1)
        // The last digits move up for the point, unless the line is cut.
        guard self.count < self.memory.count else { return self.isCut = true }
        let point = self.count - decimals
        var index = self.count
        while index > point {
            self.memory[index] = self.memory[index - 1]
            index -= 1
        }
        self.memory[point] = UInt8(ascii: ".")
        self.count += 1
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

    /// Appends a time of day, as above.
    package mutating func appendTime(_ nanosecondsSince1970: Int64) {
        var clock = LineClock()
        self.appendTime(nanosecondsSince1970, &clock)
    }

    /// Appends blanks until so many bytes stand behind an offset.
    @inline(__always)
    package mutating func pad(from start: Int, to width: Int) {
        let end = min(start + width, self.memory.count)
        while self.count < end {
            if let place = self.room(for: 8) {
                // Those behind the end are overwritten by what follows.
                place.storeBytes(of: 0x2020_2020_2020_2020, as: UInt64.self)
                self.count = min(end, self.count + 8)
            } else {
                self.append(UInt8(ascii: " "))
            }
        }
    }

    private mutating func appendDigits(_ number: UInt, atLeast width: Int) {
        if number < 10, width == 1 { return self.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        var digits = 1
        var rest = number
        while rest >= 10 {
            digits += 1
            rest /= 10
        }
        digits = max(digits, width)
        guard let place = self.room(for: digits) else {
            self.count = self.memory.count
            self.isCut = true
            return
        }
        rest = number
        var offset = digits
        while offset > 0 {
            offset &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            place.storeBytes(
                of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit),
                toByteOffset: offset,
                as: UInt8.self
            )
            rest = quotient
        }
        self.count &+= digits
    }

    // MARK: - What came from outside

    /// Appends a text from outside as a JSON string of printable ASCII; what is no UTF-8 becomes U+FFFD.
    package mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        let start = self.count
        self.append(UInt8(ascii: "\""))
        if !self.appendPlain(text, from: 0x20) {
            self.count = start + 1
            self.appendEscaped(text)
        }
        self.append(UInt8(ascii: "\""))
    }

    /// Appends a text from outside as the value of `key=value`: as it is where it has no blanks, quotes and nothing odd,
    /// else as `appendQuoted` writes it; `-` where it is empty.
    package mutating func appendValue(_ text: UnsafeBufferPointer<UInt8>) {
        let start = self.count
        if text.isEmpty {
            self.append(UInt8(ascii: "-"))
        } else if !self.appendPlain(text, from: 0x21) {
            self.count = start
            self.appendQuoted(text)
        }
    }

    /// Appends a text from outside as a JSON string.
    package mutating func appendQuoted(_ text: String) {
        var text = text
        text.withUTF8 { self.appendQuoted($0) }
    }

    /// Appends a text from outside as the value of `key=value`.
    package mutating func appendValue(_ text: String) {
        var text = text
        text.withUTF8 { self.appendValue($0) }
    }

    /// Appends bytes as long as none needs an escape.
    ///
    /// - Parameter least: the least byte that needs none.
    /// - Returns: whether all of it was appended.
    private mutating func appendPlain(_ text: UnsafeBufferPointer<UInt8>, from least: UInt8) -> Bool {
        guard Self.isPlain(text, from: least) else { return false }
        self.append(text)
        return true
    }

    private static func isPlain(_ text: UnsafeBufferPointer<UInt8>, from least: UInt8) -> Bool {
        guard text.count >= 8 else {
            return text.allSatisfy {
                $0 >= least && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
        }
        // Eight bytes at a time; the last eight may overlap those before.
        let bytes = UnsafeRawBufferPointer(text)
        var offset = 0
        while offset + 8 < text.count {
            if !Self.isPlain(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self), from: least) { return false }
            offset += 8
        }
        return Self.isPlain(bytes.loadUnaligned(fromByteOffset: text.count - 8, as: UInt64.self), from: least)
    }

    /// Whether none of eight bytes is below a limit, a quotation mark, a backslash, or above `~`.
    ///
    /// Each test sets the high bit of a byte that fails it, and of none where all pass.
    private static func isPlain(_ word: UInt64, from least: UInt8) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let failed = word | (word &- ones &* UInt64(least)) | (quote &- ones) | (backslash &- ones) | (word &+ ones)
        return failed & 0x8080_8080_8080_8080 == 0
    }

    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        for unit in String(decoding: text, as: UTF8.self).utf16 {
            switch unit {
            case 0x22, 0x5C:
                self.append(UInt8(ascii: "\\"))
                self.append(UInt8(truncatingIfNeeded: unit))
            case 0x20..<0x7F:
                self.append(UInt8(truncatingIfNeeded: unit))
            default:
                self.append("\\u")
                for shift in [12, 8, 4, 0] {
                    let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
                    self.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                }
            }
        }
    }
}
