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

    /// Whether a line ends here.
    var endsLine: Bool { self.bytes.last == .lineFeed || self.bytes.last == .carriageReturn }

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
        self.bytesOfEvents.suffix(2).elementsEqual("]}".utf8)
    }

    /// Whether the last event but `data: [DONE]` is an error: `event: error` (Anthropic), or data that begins as ``JSONErrorStart``
    /// says (OpenAI, llama.cpp, vLLM).
    ///
    /// One is not seen if more than ``maxBytes`` of it have come.
    var endsInError: Bool {
        guard !self.endsWithoutUsage else { return false }
        for line in self.bytesOfEvents.lastEvent.split(whereSeparator: { $0 == .lineFeed || $0 == .carriageReturn }) {
            if line.value(of: "event")?.elementsEqual("error".utf8) == true { return true }
            if let data = line.value(of: "data") ?? line.value(of: "error"), JSONErrorStart.isPresent(in: data) {
                return true
            }
        }
        return false
    }

    /// The bytes up to the end of the last event but `data: [DONE]`.
    private var bytesOfEvents: ArraySlice<UInt8> {
        var rest = self.bytes[...].dropLastBlanks
        for byte in "data: [DONE]".utf8.reversed() {
            guard rest.last == byte else { break }
            rest.removeLast()
        }
        return rest.dropLastBlanks
    }
}

extension ArraySlice<UInt8> {
    /// The lines behind the last blank one.
    fileprivate var lastEvent: Self {
        var isBlank = false
        for index in self.indices.reversed() where self[index] != .carriageReturn {
            if self[index] == .lineFeed, isBlank { return self[(index + 1)...] }
            isBlank = self[index] == .lineFeed
        }
        return self
    }

    /// What stands behind the name of a field and its colon in a line of an event.
    fileprivate func value(of name: StaticString) -> Self? {
        let length = name.utf8CodeUnitCount
        guard self.count > length, self[self.startIndex + length] == .colon,
            name.withUTF8Buffer({ self.prefix(length).elementsEqual($0) })
        else { return nil }
        return self.dropFirst(length + 1).drop { $0 == .space }
    }

    fileprivate var dropLastBlanks: Self {
        var rest = self
        while let last = rest.last, last <= .space { rest.removeLast() }
        return rest
    }
}
