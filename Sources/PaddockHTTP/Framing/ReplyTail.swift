// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// The end of a reply that comes in pieces.
struct ReplyTail: Sendable {
    /// So many bytes are kept at most: 4,096. When they are reached, half of them are.
    static let maxBytes = 4_096

    /// The last bytes.
    private(set) var bytes: [UInt8] = []

    /// Whether there are none.
    var isEmpty: Bool { self.bytes.isEmpty }

    /// Begins another reply, or another line of one.
    mutating func removeAll() { if !self.bytes.isEmpty { self.bytes.removeAll(keepingCapacity: true) } }

    /// Adds the next bytes.
    mutating func append(_ piece: Span<UInt8>) {
        let kept = piece.extracting(last: Self.maxBytes)
        if self.bytes.count + kept.count > Self.maxBytes {
            self.bytes.removeFirst(max(0, self.bytes.count - max(0, Self.maxBytes / 2 - kept.count)))
        }
        kept.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
    }

    /// What Ollama says at the end of the reply, if this is it.
    ///
    /// - Parameter last: what comes behind the bytes so far, and has not been added.
    mutating func durations(behind last: Span<UInt8>) -> ReplyDurations? {
        guard !self.isEmpty else { return ReplyDurations(endOf: last.extracting(last: Self.maxBytes)) }
        self.append(last)
        let bytes = self.bytes
        return ReplyDurations(endOf: bytes.span)
    }
}
