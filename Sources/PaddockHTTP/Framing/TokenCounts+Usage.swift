// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

extension TokenCounts {
    /// Reads the last `usage` in a reply of OpenAI's or Anthropic's API: of a whole one, or of an event of a stream.
    ///
    /// `"usage":` can only be a key: within a text the quotation marks have a backslash in front of them. Of its members
    /// `prompt_tokens` or `input_tokens`, and `completion_tokens` or `output_tokens` count. What Anthropic's API took from a cache
    /// or wrote to it was read too, and is not among its `input_tokens`; OpenAI's `prompt_tokens` have it.
    ///
    /// - Parameter bytes: the end of the reply, or an event; what stands around them may be missing.
    /// - Returns: nil if there is no such object, or it is cut off or has none of these numbers.
    package init?(usageIn bytes: Span<UInt8>) {
        guard let start = bytes.startOfLastUsage, let usage = bytes.usage(from: start) else { return nil }
        self.init(
            prompt: Int32(clamping: (usage.prompt ?? 0) + usage.cached),
            answer: Int32(clamping: usage.answer ?? 0)
        )
    }
}

/// What a `usage` has; each number from 0 to the largest `Int32`.
private struct Usage {
    /// Tokens of the prompt.
    var prompt: Int64?
    /// Tokens of the prompt that are counted beside it.
    var cached: Int64 = 0
    /// Tokens of the answer.
    var answer: Int64?
}

extension Span<UInt8> {
    /// Where the value of the last key `usage` begins.
    fileprivate var startOfLastUsage: Int? {
        let key: StaticString = "\"usage\""
        let length = key.utf8CodeUnitCount
        return self.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > length else { return nil }
            var index = bytes.count &- length
            while index >= 0 {
                defer { index &-= 1 }
                guard bytes[index] == .quote, (start + index).equals(UnsafeRawPointer(key.utf8Start), length: length),
                    index == 0 || bytes[index &- 1] != .backslash
                else { continue }
                let rest = bytes[(index &+ length)...].drop(while: \.isJSONBlank)
                if rest.first == .colon { return rest.startIndex &+ 1 }
            }
            return nil
        }
    }

    /// The numbers of the object that begins at an offset, or behind blanks there; nil if it is cut off or has none.
    fileprivate func usage(from start: Int) -> Usage? {
        var usage = Usage()
        var depth = 0
        var index = start
        while index < self.count {
            switch self[index] {
            case .quote:
                let key = index &+ 1
                index = self.endOfText(from: key)
                guard index < self.count else { return nil }
                if depth == 1, let number = self.number(behindColonFrom: index &+ 1) {
                    self.set(number, ofKey: key..<index, in: &usage)
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth &-= 1
                if depth <= 0 { return usage.prompt == nil && usage.answer == nil ? nil : usage }
            default:
                // `null`, for which no tokens are known.
                if depth == 0, !self[index].isJSONBlank { return nil }
            }
            index &+= 1
        }
        return nil
    }

    /// Where the quotation mark is that ends a text; `count` if it is cut off.
    private func endOfText(from start: Int) -> Int {
        var index = start
        while index < self.count, self[index] != .quote {
            index &+= self[index] == .backslash ? 2 : 1
        }
        return Swift.min(index, self.count)
    }

    /// The number that is the value of a key; nil if the value is another one, or cut off. What is too large is the largest.
    private func number(behindColonFrom start: Int) -> Int64? {
        var index = start
        while index < self.count, self[index].isJSONBlank { index &+= 1 }
        guard index < self.count, self[index] == .colon else { return nil }
        index &+= 1
        while index < self.count, self[index].isJSONBlank { index &+= 1 }
        let first = index
        var value: Int64 = 0
        while index < self.count, case let digit = self[index] &- UInt8(ascii: "0"), digit < 10 {
            value = Swift.min(value &* 10 &+ Int64(digit), Int64(Int32.max))
            index &+= 1
        }
        guard index > first, index < self.count else { return nil }
        let next = self[index]
        return next == UInt8(ascii: ",") || next == UInt8(ascii: "}") || next.isJSONBlank ? value : nil
    }

    /// Takes the value of a key, if the key is one that counts.
    private func set(_ number: Int64, ofKey range: Range<Int>, in usage: inout Usage) {
        let key = self.extracting(range)
        switch key.count {
        case 13 where key.isText("prompt_tokens"), 12 where key.isText("input_tokens"):
            usage.prompt = number
        case 23 where key.isText("cache_read_input_tokens"), 27 where key.isText("cache_creation_input_tokens"):
            usage.cached += number
        case 17 where key.isText("completion_tokens"), 13 where key.isText("output_tokens"):
            usage.answer = number
        default:
            break
        }
    }

    /// Whether it has the bytes of a text of the same length.
    private func isText(_ text: StaticString) -> Bool {
        self.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            return start.equals(UnsafeRawPointer(text.utf8Start), length: text.utf8CodeUnitCount)
        }
    }
}

extension UInt8 {
    /// Whether it is white space between the parts of JSON.
    @inline(__always)
    fileprivate var isJSONBlank: Bool {
        self <= .space && (self == .space || self == .lineFeed || self == .carriageReturn || self == .tab)
    }
}
