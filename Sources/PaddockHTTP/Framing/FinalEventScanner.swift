// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// Knows whether the final event of a streamed reply has passed, so that a client that leaves then has everything.
///
/// Final are `data: [DONE]` (OpenAI), `event: message_stop` (Anthropic), `event: response.completed`, `.incomplete` and `.failed`
/// (OpenAI's responses), and a line of NDJSON with `"done":true` (Ollama). Text that a model writes cannot be taken for one of
/// them: a string in JSON holds neither a raw line feed nor a quotation mark without a backslash.
package struct FinalEventScanner: Sendable {
    /// The formats of streams.
    package enum Format: Sendable {
        /// One JSON value a line.
        case ndjson
        /// Server-sent events.
        case serverSentEvents
        /// No stream: one JSON value, which has no final event. What it says at its end is read like a final line.
        case whole
    }

    /// The number of last bytes that are kept: an event may arrive in several pieces, and short ones are known by the end.
    static let tailBytes = 96

    private let format: Format
    /// The last bytes of events; the end of a line of NDJSON that has not ended, or of the body.
    private var tail = ReplyTail()
    /// Whether a line has ended, and no other one begun.
    private var endsLine = false
    /// Whether what goes by is a final line, or a final event that is known by its beginning.
    private var isInFinal = false

    /// - Parameter format: the format of the stream.
    package init(_ format: Format) { self.format = format }

    /// Whether the last thing that went by is the final event.
    package var hasSeenFinalEvent: Bool {
        switch self.format {
        case .ndjson: self.isInFinal && self.endsLine
        case .serverSentEvents: self.isInFinal || self.tailIsFinalEvent
        case .whole: false
        }
    }

    /// How many of the last bytes it has to see.
    var neededBytes: Int { self.format == .whole ? ReplyTail.maxBytes / 2 : Self.tailBytes }

    /// Looks at the next data, without the framing of chunks.
    ///
    /// - Parameters:
    ///   - bytes: what has been received.
    ///   - range: where the data is in it; not empty.
    ///   - endsBody: whether it is known to be the last.
    ///   - durations: set to what Ollama says in the final line of NDJSON, or at the end of the body, once that has come.
    mutating func look(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        endsBody: Bool,
        _ durations: inout ReplyDurations?
    ) {
        let piece = bytes.extracting(range)
        switch self.format {
        case .ndjson:
            // Nearly every line ends with `"done":false`, and needs no second look.
            if piece.count >= 8,
                piece.bytes.unsafeLoadUnaligned(fromByteOffset: piece.count - 8, as: UInt64.self) == Self.notDone
            {
                self.beginLine(&durations)
                self.endsLine = true
                return
            }
            self.lookAtLine(piece, &durations)
        case .serverSentEvents:
            self.lookAtEvents(piece)
            self.tail.append(piece, most: Self.tailBytes, least: Self.tailBytes)
        case .whole:
            if endsBody, self.tail.isEmpty {
                durations = ReplyDurations(endOf: piece)
            } else {
                self.tail.append(piece)
            }
        }
    }

    /// The body has ended, which was not known when its last data came.
    mutating func bodyEnded(_ durations: inout ReplyDurations?) {
        guard self.format == .whole, !self.tail.isEmpty else { return }
        let end = self.tail.bytes
        durations = ReplyDurations(endOf: end.span)
        self.tail.removeAll()
    }

    /// `:false}` and a line feed.
    private static let notDone = UInt64(littleEndian: 0x0A7D_6573_6C61_663A)

    // MARK: - NDJSON

    private mutating func lookAtLine(_ piece: Span<UInt8>, _ durations: inout ReplyDurations?) {
        let last = piece.extracting(piece.startOfLastLine...)
        if self.endsLine || last.count < piece.count { self.beginLine(&durations) }
        if !self.isInFinal { self.isInFinal = self.saysDone(last) }
        self.endsLine = last[last.count - 1] == .lineFeed
        if !self.endsLine {
            self.tail.append(last)
        } else if self.isInFinal {
            durations = self.durations(behind: last)
        }
    }

    private mutating func durations(behind last: Span<UInt8>) -> ReplyDurations? {
        guard !self.tail.isEmpty else { return ReplyDurations(endOf: last) }
        self.tail.append(last)
        let line = self.tail.bytes
        return ReplyDurations(endOf: line.span)
    }

    /// What comes is of another line than what came.
    @inline(__always)
    private mutating func beginLine(_ durations: inout ReplyDurations?) {
        self.isInFinal = false
        if durations != nil { durations = nil }
        self.tail.removeAll()
    }

    /// Whether the line, of which these are the next bytes, has `"done":true`, with or without blanks.
    private func saysDone(_ next: Span<UInt8>) -> Bool {
        guard !self.tail.isEmpty else { return next.saysDone }
        var joined = Array(self.tail.bytes.suffix(Self.tailBytes))
        next.withUnsafeBufferPointer { joined.append(contentsOf: $0) }
        return joined.span.saysDone
    }

    // MARK: - Server-sent events

    private var tailIsFinalEvent: Bool {
        guard self.tail.bytes.last == .lineFeed || self.tail.bytes.last == .carriageReturn else { return false }
        let lines = self.tail.bytes.split { $0 == .lineFeed || $0 == .carriageReturn }
        guard let last = lines.last else { return false }
        if last.elementsEqual("data: [DONE]".utf8) || last.elementsEqual("data:[DONE]".utf8) { return true }
        return lines.contains {
            $0.elementsEqual("event: message_stop".utf8) || $0.elementsEqual("event:message_stop".utf8)
        }
    }

    /// The last event of `/v1/responses` repeats the whole response, so it is known by its beginning.
    private mutating func lookAtEvents(_ piece: Span<UInt8>) {
        guard !self.isInFinal else { return }
        if let last = self.tail.bytes.last, last != .lineFeed {
            var joined = self.tail.bytes
            for index in piece.indices { joined.append(piece[index]) }
            self.isInFinal = Self.hasCompletion(joined.span)
        } else if piece.count > 8, piece[0] != UInt8(ascii: "d"), piece[7] == UInt8(ascii: "r") || piece[0] < .space {
            self.isInFinal = Self.hasCompletion(piece)
        }
    }

    private static func hasCompletion(_ text: Span<UInt8>) -> Bool {
        for ending in ["completed", "incomplete", "failed"] {
            let line = Array("event: response.\(ending)".utf8)
            var start = 0
            while let position = Self.position(of: line, in: text, from: start) {
                start = position + line.count
                let isLine = position == 0 || text[position - 1] == .lineFeed || text[position - 1] == .carriageReturn
                if isLine, start < text.count, text[start] == .lineFeed || text[start] == .carriageReturn {
                    return true
                }
            }
        }
        return false
    }

    // MARK: - Bytes

    private static func position(of word: [UInt8], in text: Span<UInt8>, from start: Int) -> Int? {
        guard let first = word.first else { return nil }
        var index = start
        while index + word.count <= text.count {
            guard text[index] == first else {
                index += 1
                continue
            }
            var offset = 1
            while offset < word.count, text[index + offset] == word[offset] { offset += 1 }
            if offset == word.count { return index }
            index += 1
        }
        return nil
    }
}

extension Span<UInt8> {
    /// Where the last line begins; one that has ended is the last if nothing comes behind it.
    fileprivate var startOfLastLine: Int {
        var start = 0
        while true {
            let end = self.firstOffset(of: .lineFeed, from: start)
            guard end < self.count - 1 else { return start }
            start = end + 1
        }
    }

    /// Whether there is `"done":true` in it, with or without blanks.
    fileprivate var saysDone: Bool {
        let key: StaticString = "\"done\""
        let length = key.utf8CodeUnitCount
        return self.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            var index = 0
            while index <= bytes.count - length {
                guard bytes[index] == UInt8(ascii: "\""),
                    (start + index).equals(UnsafeRawPointer(key.utf8Start), length: length)
                else {
                    index += 1
                    continue
                }
                index += length
                let rest = bytes[index...].drop { $0 == .space }
                if rest.first == .colon, rest.dropFirst().drop(while: { $0 == .space }).starts(with: "true".utf8) {
                    return true
                }
            }
            return false
        }
    }
}
