// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockHTTP

/// A path that Paddock answers itself, or all paths below one.
package struct OwnPath: Equatable, Sendable {
    /// The path as it was written in the table: `/queue/stats`, or `/queue/requests/*` for everything below.
    package let pattern: String
    private let bytes: [UInt8]
    private let isPrefix: Bool

    /// - Parameter pattern: the path, percent-decoded; an asterisk at its end is any rest, the empty one included.
    package init(_ pattern: String) {
        self.pattern = pattern
        self.isPrefix = pattern.hasSuffix("*")
        self.bytes = Array(pattern.utf8.dropLast(self.isPrefix ? 1 : 0))
    }

    /// Whether a path is this one or below it.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that the path is in.
    ///   - path: the path, percent-decoded.
    package func matches(_ bytes: Span<UInt8>, _ path: ByteRange) -> Bool {
        let count = self.bytes.count
        guard self.isPrefix ? Int(path.count) >= count : Int(path.count) == count else { return false }
        for offset in 0..<count where bytes[path.lowerBound + offset] != self.bytes[offset] { return false }
        return true
    }

    /// What a path has in place of the asterisk.
    ///
    /// - Parameter path: the path, percent-decoded.
    /// - Returns: the rest, empty if there is no asterisk; nil if the path does not match.
    package func rest(of path: String) -> String? {
        let bytes = Array(path.utf8)
        guard self.matches(bytes.span, ByteRange(start: 0, end: bytes.count)) else { return nil }
        return String(decoding: bytes.dropFirst(self.bytes.count), as: UTF8.self)
    }
}
