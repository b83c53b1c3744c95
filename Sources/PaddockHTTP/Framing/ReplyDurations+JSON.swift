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
    /// The numbers stand together; in front of them nothing is looked at. What is beyond ``longest`` is not read.
    ///
    /// - Parameter bytes: the end of the reply; what stands in front of it may be missing.
    /// - Returns: nil if there is no `total_duration` above zero.
    package init?(endOf bytes: Span<UInt8>) {
        let durations = bytes.withUnsafeBytes { bytes in
            var reader = BackwardReader(bytes)
            return reader.durations()
        }
        guard durations.total > .zero else { return nil }
        self = durations
    }
}

/// Reads the members of an object in JSON from its end.
private struct BackwardReader {
    private let bytes: UnsafeRawBufferPointer
    /// Behind the next byte to read.
    private var index: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        self.index = bytes.count
    }

    /// The numbers that stand together nearest to the end of the object.
    mutating func durations() -> ReplyDurations {
        var durations = ReplyDurations()
        var found: UInt8 = 0
        guard self.take(UInt8(ascii: "}")) else { return durations }
        while true {
            self.skipBlanks()
            let number = self.number()
            guard number != nil || self.skipValue(), self.take(UInt8(ascii: ":")), self.take(UInt8(ascii: "\"")) else {
                return durations
            }
            let name = number == nil ? nil : self.takeName()
            if let name, let number {
                // Of two equal keys the last counts.
                if found & name.bit == 0 { durations.set(name, number) }
                found |= name.bit
            } else {
                guard found == 0, self.skipText() else { return durations }
            }
            guard self.take(UInt8(ascii: ",")) else { return durations }
        }
    }

    // MARK: - Names

    /// Takes the name of a number that matters, and the quotation mark in front of it.
    private mutating func takeName() -> Name? {
        // The two kinds differ in their last letter; in the order in which they come from the end.
        guard self.index > 0 else { return nil }
        switch self.bytes[self.index - 1] {
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
        guard length <= self.index, let start = self.bytes.baseAddress,
            (start + (self.index - length)).equals(UnsafeRawPointer(text.utf8Start), length: length)
        else { return false }
        self.index -= length
        // In a key an escaped quotation mark can stand there.
        guard self.index == 0 || self.bytes[self.index - 1] != UInt8(ascii: "\\") else {
            self.index += length
            return false
        }
        return true
    }

    // MARK: - Values

    /// Takes digits that are a whole number; takes nothing of another value.
    private mutating func number() -> Int64? {
        var index = self.index
        var value: Int64 = 0
        var power: Int64 = 1
        while index > 0, power <= Self.largestPower {
            let digit = self.bytes[index - 1] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value += Int64(digit) * power
            power *= 10
            index -= 1
        }
        // Where more of it comes in front, a sign for example, it is another number.
        guard power > 1, index > 0, self.bytes[index - 1] == UInt8(ascii: ":") || self.bytes[index - 1].isBlank else {
            return nil
        }
        self.index = index
        return value
    }

    /// 10^17, in front of the last of 18 digits.
    private static let largestPower: Int64 = 100_000_000_000_000_000

    /// Passes over a value of any kind.
    private mutating func skipValue() -> Bool {
        var depth = 0
        while self.index > 0 {
            self.index -= 1
            switch self.bytes[self.index] {
            case UInt8(ascii: "\""):
                guard self.skipText() else { return false }
                if depth == 0 { return true }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth -= 1
                if depth <= 0 { return depth == 0 }
            case UInt8(ascii: ":") where depth == 0, UInt8(ascii: ",") where depth == 0:
                // A number or a literal, which ends behind it.
                self.index += 1
                return true
            default: break
            }
        }
        return false
    }

    /// Passes over what is in front of a quotation mark that ends a text, up to and with the one that begins it.
    private mutating func skipText() -> Bool {
        while self.index > 0 {
            self.index -= 1
            guard self.bytes[self.index] == UInt8(ascii: "\"") else { continue }
            var backslashes = 0
            while self.index > backslashes, self.bytes[self.index - 1 - backslashes] == UInt8(ascii: "\\") {
                backslashes += 1
            }
            if backslashes % 2 == 0 { return true }
            self.index -= backslashes
        }
        return false
    }

    // MARK: - Bytes

    private mutating func take(_ byte: UInt8) -> Bool {
        self.skipBlanks()
        guard self.index > 0, self.bytes[self.index - 1] == byte else { return false }
        self.index -= 1
        return true
    }

    private mutating func skipBlanks() { while self.index > 0, self.bytes[self.index - 1].isBlank { self.index -= 1 } }
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
    fileprivate var isBlank: Bool {
        self == .space || self == .lineFeed || self == .carriageReturn || self == .tab
    }
}
