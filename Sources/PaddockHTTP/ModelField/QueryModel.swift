// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The model that a query string names.
package enum QueryModel {
    /// Finds the first `model` of a query string, as Go's `url.ParseQuery` reads it.
    ///
    /// Pairs are split at `&`; a pair with a semicolon or with a bad percent-encoding is skipped; a plus is a blank.
    ///
    /// - Parameter query: what follows the question mark of a target.
    /// - Returns: nil when no pair has that key.
    package static func find(in query: Span<UInt8>) -> ModelField? {
        var start = 0
        while start < query.count {
            let end = query.firstOffset(of: UInt8(ascii: "&"), from: start)
            let pair = query.extracting(start..<end)
            start = end + 1
            guard pair.firstOffset(of: UInt8(ascii: ";"), from: 0) == pair.count else { continue }
            let keyEnd = pair.firstOffset(of: UInt8(ascii: "="), from: 0)
            guard Self.isModelKey(pair.extracting(0..<keyEnd)) else { continue }
            let valueStart = min(keyEnd + 1, pair.count)
            guard let value = Self.decoded(pair.extracting(valueStart..<pair.count)) else { continue }
            return ModelField(value: value.span)
        }
        return nil
    }

    /// Whether a key is `model`; nearly all are decided by their length, as a query may have 30,000 of them.
    private static func isModelKey(_ key: Span<UInt8>) -> Bool {
        5...15 ~= key.count && Self.decoded(key) == Array("model".utf8)
    }

    /// The bytes that a name or a value of a query means.
    ///
    /// - Returns: nil if a percent sign is not followed by two hexadecimal digits.
    package static func decoded(_ text: Span<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "+"): result.append(.space)
            case UInt8(ascii: "%"):
                guard index + 2 < text.count, let high = text[index + 1].hexValue, let low = text[index + 2].hexValue
                else { return nil }
                result.append(high << 4 | low)
                index += 2
            case let byte: result.append(byte)
            }
            index += 1
        }
        return result
    }
}
