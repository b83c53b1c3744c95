// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Finds where a message head ends, in bytes that arrive in any number of pieces.
///
/// It remembers how far it has looked, so a head that trickles in one byte at a time costs its length and not its
/// square. It looks for an empty line with or without carriage returns; the parsers after it refuse a bare line feed
/// (RFC 9112 §2.2 allows it, but two parties that disagree on it can be played against each other).
package struct HeadScanner: Sendable {
    /// The largest head in bytes, request line and the empty line included: 64 KiB.
    package static let maxHeadBytes = 65_536

    private static let maxLeadingBytes = 8

    private var searched = 0

    package init() {}

    /// Whether it has not read anything of the next head.
    package var isFresh: Bool { self.searched == 0 }

    /// Looks for the end of the head.
    ///
    /// - Parameter bytes: everything received since the head began; on each call the earlier bytes and more.
    /// - Returns: the length of the head with its empty line, or nil when it is not complete yet.
    /// - Throws: `HeadProblem.tooLarge` once it cannot become a head within `maxHeadBytes`.
    package mutating func scan(_ bytes: Span<UInt8>) throws(HeadProblem) -> Int? {
        let count = bytes.count
        var index = self.searched
        if index == 0 {
            // Empty lines before a request line are not its end (RFC 9112 §2.2).
            while index + 1 < count, bytes[index] == .carriageReturn, bytes[index + 1] == .lineFeed { index += 2 }
            guard index <= Self.maxLeadingBytes else { throw .malformed("empty lines instead of a request line") }
            let halfEmptyLine = index + 1 == count && bytes[index] == .carriageReturn
            if index == count || halfEmptyLine { return try self.incomplete(count, resumeAt: 0) }
        }
        while true {
            index = bytes.firstOffset(of: .lineFeed, from: index)
            guard index < count else { break }
            let next = index + 1
            guard next < count else { break }
            if bytes[next] == .lineFeed { return try self.complete(next + 1) }
            if bytes[next] == .carriageReturn {
                guard next + 1 < count else { break }
                if bytes[next + 1] == .lineFeed { return try self.complete(next + 2) }
            }
            index = next
        }
        return try self.incomplete(count, resumeAt: index)
    }

    private mutating func complete(_ length: Int) throws(HeadProblem) -> Int {
        guard length <= Self.maxHeadBytes else { throw .tooLarge }
        self.searched = 0
        return length
    }

    private mutating func incomplete(_ count: Int, resumeAt index: Int) throws(HeadProblem) -> Int? {
        guard count <= Self.maxHeadBytes else { throw .tooLarge }
        self.searched = index
        return nil
    }
}
