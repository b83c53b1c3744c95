// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The beginning of a key, a short text or a number that comes in pieces or has escapes.
struct ShortText: Sendable {
    /// What is longer than this is nothing that matters, in bytes: 64.
    static let maxBytes = 64

    /// What has come, its escapes undone; one byte more than ``maxBytes`` if it is too long.
    private(set) var bytes: [UInt8] = []

    /// Whether nothing has come yet.
    var isEmpty: Bool { self.bytes.isEmpty }

    /// Begins another one.
    mutating func removeAll() { self.bytes.removeAll(keepingCapacity: true) }

    /// Moves the text out, so that it can be read while its owner changes.
    mutating func take() -> ShortText { exchange(&self, with: ShortText()) }

    /// Begins another one, in the memory of one that was taken.
    mutating func reuse(_ taken: consuming ShortText) {
        self.bytes = taken.bytes
        taken = ShortText()
        self.removeAll()
    }

    /// Adds bytes as they stand in the body.
    mutating func append(_ text: Span<UInt8>) { for index in text.indices { self.append(text[index]) } }

    /// Adds one byte.
    mutating func append(_ byte: UInt8) { if self.bytes.count <= Self.maxBytes { self.bytes.append(byte) } }

    /// Adds what an escape stands for; a character beyond ASCII is in nothing that matters, and becomes a byte that is in no text.
    mutating func append(codeUnit: UInt16) { self.append(codeUnit < 0x80 ? UInt8(truncatingIfNeeded: codeUnit) : 0xFF) }
}
