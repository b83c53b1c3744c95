// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// Knows whether the final event of a streamed reply has passed, so that a client that leaves then has everything.
///
/// Final are `data: [DONE]` (OpenAI), `event: message_stop` (Anthropic), `event: response.completed`, `.incomplete` and `.failed`
/// (OpenAI's responses), and a line of NDJSON with `"done":true` (Ollama). So is an error: a backend that has sent the status 200
/// has no other way to tell it. Text that a model writes cannot be taken for one of
/// them: a string in JSON holds neither a raw line feed nor a quotation mark without a backslash.
package struct FinalEventScanner: Sendable {
    /// The formats of streams.
    package enum Format: Sendable {
        /// One JSON value a line.
        case ndjson
        /// Server-sent events.
        case serverSentEvents
        /// No stream, but one JSON value of Ollama's API, which has no final event. What it says at its end is read like a final line.
        case whole
        /// No stream, but one JSON value of OpenAI's or Anthropic's API.
        case wholeWithUsage
    }

    /// The number of last bytes that show whether a stream has ended: an event may arrive in several pieces, and short ones are known by
    /// the end.
    static let tailBytes = 96

    private let format: Format
    /// The last bytes of events; the end of a line of NDJSON that has not ended, or of the body.
    private var tail = ReplyTail()
    /// Whether a line has ended, and no other one begun.
    private var endsLine = false
    /// Whether what goes by is a final line, or a final event that is known by its beginning.
    private var isInFinal = false
    /// Whether the final line or event is one that is known by its beginning as an error.
    private var isError = false
    /// Whether what has come of a line is too short to show whether it is an error.
    private var isAtLineStart = true
    /// Whether the first event of a stream has not ended.
    private var isAtStart = true
    /// The tokens that the first event of a stream told, or a whole reply at its end.
    private var toldTokens: TokenCounts?

    /// - Parameter format: the format of the stream.
    package init(_ format: Format) { self.format = format }

    /// Whether the reply is a stream.
    var isStream: Bool { self.format == .ndjson || self.format == .serverSentEvents }

    /// Whether the last thing that went by is the final event.
    package var hasSeenFinalEvent: Bool {
        switch self.format {
        case .ndjson: self.isInFinal && self.endsLine
        case .serverSentEvents: self.isInFinal || self.tail.endsLine && (self.tailIsFinalEvent || self.tail.endsInError)
        case .whole, .wholeWithUsage: false
        }
    }

    /// Whether the last thing that went by is an error (``ReplyTail/endsInError``; of NDJSON a line `{"error":…}`, as Ollama sends it),
    /// or `event: response.failed`.
    package var endsInError: Bool {
        switch self.format {
        case .ndjson: self.isError
        case .serverSentEvents: self.isError || self.tail.endsInError
        case .whole, .wholeWithUsage: false
        }
    }

    /// How many of the last bytes it has to see.
    var neededBytes: Int {
        switch self.format {
        case .ndjson, .serverSentEvents: Self.tailBytes
        case .whole, .wholeWithUsage: ReplyTail.maxBytes / 2
        }
    }

    /// Whether it has to see all data, as the first event has not ended.
    var needsAllData: Bool { self.format == .serverSentEvents && self.isAtStart }

    /// The tokens that a reply of OpenAI's or Anthropic's API told until now; nil if it told none, or of Ollama's API.
    ///
    /// Of a stream they are in one of the last events, and with Anthropic's API those of the prompt also in the first one.
    var tokens: TokenCounts? {
        guard self.format == .serverSentEvents, !self.tail.endsWithoutUsage,
            var last = TokenCounts(usageIn: self.tail.bytes.span)
        else { return self.toldTokens }
        if last.prompt == 0, let first = self.toldTokens { last.prompt = first.prompt }
        return last
    }

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
            if self.isAtStart {
                if self.tail.isEmpty {
                    self.lookAtStart(piece)
                } else {
                    var start = self.tail.bytes
                    piece.extracting(first: ReplyTail.maxBytes).withUnsafeBufferPointer { start.append(contentsOf: $0) }
                    self.lookAtStart(start.span)
                }
            }
            self.tail.append(piece)
        case .whole, .wholeWithUsage:
            if endsBody, self.tail.isEmpty { self.read(endOf: piece, &durations) } else { self.tail.append(piece) }
        }
    }

    /// Reads the tokens of the prompt from the first event, once it has ended: Anthropic's API tells them there.
    private mutating func lookAtStart(_ start: Span<UInt8>) {
        guard start.isMessageStart else {
            self.isAtStart = false
            return
        }
        let end = start.endOfFirstEvent
        self.isAtStart = end == start.count && end < ReplyTail.maxBytes / 2
        if !self.isAtStart { self.toldTokens = TokenCounts(usageIn: start.extracting(..<end)) }
    }

    private mutating func read(endOf reply: Span<UInt8>, _ durations: inout ReplyDurations?) {
        if self.format == .whole {
            durations = ReplyDurations(endOf: reply)
        } else {
            self.toldTokens = TokenCounts(usageIn: reply.extracting(last: ReplyTail.maxBytes))
        }
    }

    /// The body has ended, which was not known when its last data came.
    mutating func bodyEnded(_ durations: inout ReplyDurations?) {
        guard self.format == .whole || self.format == .wholeWithUsage, !self.tail.isEmpty else { return }
        let end = self.tail.bytes
        self.read(endOf: end.span, &durations)
        self.tail.removeAll()
    }

    /// `:false}` and a line feed.
    private static let notDone = UInt64(littleEndian: 0x0A7D_6573_6C61_663A)

    // MARK: - NDJSON

    private mutating func lookAtLine(_ piece: Span<UInt8>, _ durations: inout ReplyDurations?) {
        let last = piece.extracting(piece.startOfLastLine...)
        if self.endsLine || last.count < piece.count { self.beginLine(&durations) }
        if self.isAtLineStart { self.lookForError(last) }
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
        self.isError = false
        self.isAtLineStart = true
        if durations != nil { durations = nil }
        self.tail.removeAll()
    }

    /// Looks whether the line, of which these are the next bytes, is an error.
    private mutating func lookForError(_ next: Span<UInt8>) {
        var start = self.tail.bytes
        next.extracting(first: JSONErrorStart.maxBytes).withUnsafeBufferPointer { start.append(contentsOf: $0) }
        self.isError = JSONErrorStart.isPresent(in: start[...])
        self.isInFinal = self.isError
        self.isAtLineStart = start.count < JSONErrorStart.maxBytes
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
        let lines = self.tail.bytes.suffix(Self.tailBytes).split { $0 == .lineFeed || $0 == .carriageReturn }
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
            self.lookForCompletion(joined.span)
        } else if piece.count > 8, piece[0] != UInt8(ascii: "d"), piece[7] == UInt8(ascii: "r") || piece[0] < .space {
            self.lookForCompletion(piece)
        }
    }

    private mutating func lookForCompletion(_ text: Span<UInt8>) {
        self.isError = Self.hasEvent(["failed"], in: text)
        self.isInFinal = self.isError || Self.hasEvent(["completed", "incomplete"], in: text)
    }

    private static func hasEvent(_ endings: [String], in text: Span<UInt8>) -> Bool {
        for ending in endings {
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
    /// Whether it begins with Anthropic's first event, or is the beginning of that beginning.
    fileprivate var isMessageStart: Bool {
        let line: StaticString = "event: message_start"
        let length = Swift.min(self.count, line.utf8CodeUnitCount)
        return self.withUnsafeBytes { bytes in
            bytes.prefix(length).elementsEqual(UnsafeRawBufferPointer(start: line.utf8Start, count: length))
        }
    }

    /// Where the first blank line is; `count` if there is none.
    fileprivate var endOfFirstEvent: Int {
        var index = self.firstOffset(of: .lineFeed, from: 0)
        while index + 1 < self.count {
            let next = self[index + 1] == .carriageReturn ? index + 2 : index + 1
            if next < self.count, self[next] == .lineFeed { return index }
            index = self.firstOffset(of: .lineFeed, from: index + 1)
        }
        return self.count
    }

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
