// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

extension ReplyDurations {
    /// Reads what Ollama says at the end of a reply: of a whole one, or of the last line of a stream.
    ///
    /// It is read from the end backward, as what stands before it can be long: an answer, a `context` of thousands of numbers, vectors.
    /// From there the nesting is known, as outside of strings there is no backslash, and a quotation mark within one has an odd number of
    /// them in front of it. So nothing within a text or an inner object is taken for what is at the top.
    ///
    /// The numbers stand together; in front of them nothing is looked at, and behind them 256 bytes at most, so that replies without them
    /// cost little.
    ///
    /// - Parameter bytes: the end of the reply; what stands in front of it may be missing.
    /// - Returns: nil if there is no `total_duration` above zero.
    package init?(endOf bytes: Span<UInt8>) {
        self.init()
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            var reader = BackwardReader(start, bytes.count)
            reader.read(into: &self)
        }
        if self.total <= .zero { return nil }
    }
}

/// Reads the members of an object in JSON from its end.
private struct BackwardReader {
    /// How many bytes may be passed over in search of the numbers.
    private static let mostSkipped = 256

    private let start: UnsafeRawPointer
    /// How many bytes there are in front of what has been read.
    private var index: Int
    /// What is passed over ends here at the latest.
    private let leastIndex: Int

    init(_ start: UnsafeRawPointer, _ count: Int) {
        self.start = start
        self.index = count
        self.leastIndex = max(0, count - Self.mostSkipped)
    }

    /// Reads the numbers that stand together nearest to the end of the object.
    mutating func read(into durations: inout ReplyDurations) {
        var found: UInt8 = 0
        guard self.take(UInt8(ascii: "}")) else { return }
        repeat {
            self.skipBlanks()
            let number = self.number()
            if number < 0, found != 0 || !self.skipValue() { return }
            guard self.take(UInt8(ascii: ":")), self.take(UInt8(ascii: "\"")) else { return }
            if number >= 0, let name = self.takeName() {
                // Of two equal keys the last counts.
                if found & name.bit == 0 { durations.set(name, number) }
                found |= name.bit
            } else if found != 0 || !self.skipText() {
                return
            }
        } while self.take(UInt8(ascii: ","))
    }

    /// The byte in front of what has been read, or of so many more; there must be that many.
    @inline(__always)
    private func byte(_ distance: Int = 0) -> UInt8 {
        self.start.load(fromByteOffset: self.index &- 1 &- distance, as: UInt8.self)
    }

    // MARK: - Names

    /// Takes the name of a number that matters, and the quotation mark in front of it.
    private mutating func takeName() -> Name? {
        // The two kinds differ in their last letter; in the order in which they come from the end.
        guard self.index > 0 else { return nil }
        switch self.byte() {
        case UInt8(ascii: "n"):
            if self.takeText("\"eval_duration") { return .eval }
            if self.takeText("\"prompt_eval_duration") { return .promptEval }
            if self.takeText("\"load_duration") { return .load }
            return self.takeText("\"total_duration") ? .total : nil
        case UInt8(ascii: "t"):
            if self.takeText("\"eval_count") { return .answerTokens }
            return self.takeText("\"prompt_eval_count") ? .promptTokens : nil
        default: return nil
        }
    }

    @inline(__always)
    private mutating func takeText(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard length <= self.index,
            (self.start + (self.index &- length)).equals(UnsafeRawPointer(text.utf8Start), length: length),
            // In a key an escaped quotation mark can stand there.
            length == self.index || self.byte(length) != UInt8(ascii: "\\")
        else { return false }
        self.index &-= length
        return true
    }

    // MARK: - Values

    /// Takes digits that are a whole number of at most 18 digits.
    ///
    /// - Returns: -1 if another value comes; then nothing is taken.
    @inline(__always)
    private mutating func number() -> Int64 {
        var digits = 0
        var value: Int64 = 0
        var power: Int64 = 1
        while digits < self.index, digits < 18 {
            let digit = self.byte(digits) &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = value &+ Int64(digit) &* power
            power = power &* 10
            digits = digits &+ 1
        }
        // If more of it comes in front, a sign for example, it is another number.
        guard digits > 0, digits < self.index else { return -1 }
        let front = self.byte(digits)
        guard front == UInt8(ascii: ":") || front.isBlank else { return -1 }
        self.index = self.index &- digits
        return value
    }

    /// Passes over a value of any kind.
    private mutating func skipValue() -> Bool {
        var depth = 0
        while self.index > self.leastIndex {
            let byte = self.byte()
            self.index &-= 1
            switch byte {
            case UInt8(ascii: "\""):
                guard self.skipText() else { return false }
                if depth == 0 { return true }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth -= 1
                if depth <= 0 { return depth == 0 }
            case UInt8(ascii: ":") where depth == 0, UInt8(ascii: ",") where depth == 0:
                // A number or a literal, which ends behind it.
                self.index &+= 1
                return true
            default: break
            }
        }
        return false
    }

    /// Passes over what is in front of a quotation mark that ends a text, up to and with the one that begins it.
    private mutating func skipText() -> Bool {
        while self.index > self.leastIndex {
            let byte = self.byte()
            self.index &-= 1
            guard byte == UInt8(ascii: "\"") else { continue }
            var backslashes = 0
            while backslashes < self.index, self.byte(backslashes) == UInt8(ascii: "\\") { backslashes += 1 }
            if backslashes % 2 == 0 { return true }
            self.index &-= backslashes
        }
        return false
    }

    // MARK: - Bytes

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        self.skipBlanks()
        guard self.index > 0, self.byte() == byte else { return false }
        self.index &-= 1
        return true
    }

    @inline(__always)
    private mutating func skipBlanks() { while self.index > 0, self.byte().isBlank { self.index &-= 1 } }
}

/// The numbers at the end of a reply.
private enum Name: UInt8 {
    case total
    case load
    case promptEval
    case eval
    case promptTokens
    case answerTokens

    var bit: UInt8 { 1 << self.rawValue }
}

extension ReplyDurations {
    fileprivate mutating func set(_ name: Name, _ value: Int64) {
        switch name {
        case .total: self.total = Nanoseconds(value)
        case .load: self.load = Nanoseconds(value)
        case .promptEval: self.promptEval = Nanoseconds(value)
        case .eval: self.eval = Nanoseconds(value)
        case .promptTokens: self.promptTokens = Int32(clamping: value)
        case .answerTokens: self.answerTokens = Int32(clamping: value)
        }
    }
}

extension UInt8 {
    /// Whether it is white space between the parts of JSON.
    @inline(__always)
    fileprivate var isBlank: Bool {
        // Nearly every byte is not.
        self <= .space && (self == .space || self == .lineFeed || self == .carriageReturn || self == .tab)
    }
}
