// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How long the sender of a message keeps the connection: `Keep-Alive: timeout=5, max=100` (RFC 2068 §19.7.1.1).
package struct KeepAlive: Equatable, Sendable {
    /// The most parameters that are read; those after them are ignored.
    static let maxParameters = 16

    /// How many seconds it keeps it without a request; nil if not stated.
    package var seconds: Int?
    /// How many more requests it takes; nil if not stated.
    package var maxRequests: Int?

    /// - Parameters:
    ///   - seconds: How long an idle connection is kept. Defaults to nil: not stated.
    ///   - maxRequests: How many more requests it may carry. Defaults to nil: not stated.
    package init(seconds: Int? = nil, maxRequests: Int? = nil) {
        self.seconds = seconds
        self.maxRequests = maxRequests
    }
}

extension MessageHead {
    /// Reads `Keep-Alive`; of several values of one parameter the least counts, and values that are not whole numbers are ignored.
    package func keepAlive(_ bytes: Span<UInt8>) -> KeepAlive {
        var result = KeepAlive()
        var left = KeepAlive.maxParameters
        for field in self.fields where field.kind == .keepAlive {
            var start = field.value.lowerBound
            while start < field.value.upperBound, left > 0 {
                left -= 1
                var end = start
                while end < field.value.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
                result.read(bytes, bytes.trimmed(ByteRange(start: start, end: end)))
                start = end + 1
            }
        }
        return result
    }
}

extension KeepAlive {
    fileprivate mutating func read(_ bytes: Span<UInt8>, _ parameter: ByteRange) {
        var equals = parameter.lowerBound
        while equals < parameter.upperBound, bytes[equals] != UInt8(ascii: "=") { equals += 1 }
        guard equals < parameter.upperBound else { return }
        let name = bytes.trimmed(ByteRange(start: parameter.lowerBound, end: equals))
        guard let number = bytes.decimal(bytes.trimmed(ByteRange(start: equals + 1, end: parameter.upperBound))) else {
            return
        }
        if bytes.matches(name, "timeout") {
            self.seconds = min(number, self.seconds ?? number)
        } else if bytes.matches(name, "max") {
            self.maxRequests = min(number, self.maxRequests ?? number)
        }
    }
}
