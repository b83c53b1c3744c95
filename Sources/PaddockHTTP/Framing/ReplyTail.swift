// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The end of a reply that comes in pieces.
struct ReplyTail: Sendable {
    /// So many bytes are kept at most: 2,048. When they are reached, half of them are.
    static let maxBytes = 2_048

    /// The last bytes.
    private(set) var bytes: [UInt8] = []

    /// Whether there are none.
    var isEmpty: Bool { self.bytes.isEmpty }

    /// Begins another reply, or another line of one.
    mutating func removeAll() { if !self.bytes.isEmpty { self.bytes.removeAll(keepingCapacity: true) } }

    /// Adds the next bytes.
    ///
    /// - Parameters:
    ///   - piece: the bytes.
    ///   - most: how many are kept at most. Defaults to ``maxBytes``.
    ///   - least: how many of them are left when there would be more. Defaults to half as many.
    mutating func append(_ piece: Span<UInt8>, most: Int = Self.maxBytes, least: Int = Self.maxBytes / 2) {
        let kept = piece.extracting(last: most)
        if self.bytes.count + kept.count > most {
            self.bytes.removeFirst(max(0, self.bytes.count - max(0, least - kept.count)))
        }
        kept.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
    }

    /// Whether the last event but `data: [DONE]` is one of OpenAI's that has no `usage`: it ends with its `choices`.
    ///
    /// It spares the search in most streams.
    var endsWithoutUsage: Bool {
        var rest = self.bytes[...].dropLastBlanks
        for byte in "data: [DONE]".utf8.reversed() {
            guard rest.last == byte else { break }
            rest.removeLast()
        }
        return rest.dropLastBlanks.suffix(2).elementsEqual("]}".utf8)
    }
}

extension ArraySlice<UInt8> {
    fileprivate var dropLastBlanks: Self {
        var rest = self
        while let last = rest.last, last <= .space { rest.removeLast() }
        return rest
    }
}
