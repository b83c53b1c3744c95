// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// Follows the body of a reply that is relayed unchanged.
///
/// It knows how many bytes may be relayed to the client at once, and remembers what is needed to put one more line after
/// them if the backend falls silent: where the last chunk is and how the data so far ended.
///
/// Sizes of chunks with blanks around them are read, as others read them, but never relayed: from the first one on the data is put
/// into chunks of ours.
package struct ReplyBody: Sendable {
    /// What one burst of bytes amounts to.
    package struct Burst: Equatable, Sendable {
        /// The number of bytes, from the first on, that may be relayed.
        package var relayable: Int
        /// The bytes that belong to this reply; those after `relayable` have to wait for the next burst.
        package var consumed: Int
        /// Whether the reply is complete.
        package var isComplete: Bool
    }

    private var reader: BodyReader
    private var isChunked: Bool
    /// What was relayed ends within a chunk's data (or at its end), this many bytes before the chunk's end.
    private var openChunk: Int?
    /// Whether the data is relayed in chunks of ours, as the backend's are written oddly.
    package private(set) var isReframed = false
    /// The last two bytes of data.
    package private(set) var lastBytes: (UInt8, UInt8) = (.lineFeed, .lineFeed)

    /// Looks for the final event, if the reply is a stream.
    private var finalEvent: FinalEventScanner?

    /// Whether the reply is a stream whose final event may have been relayed.
    package var hasSeenFinalEvent: Bool { self.finalEvent?.hasSeenFinalEvent ?? false }

    /// Whether it is a stream whose last line or event is an error: the backend had sent its status before it failed.
    package var endsInError: Bool { self.finalEvent?.endsInError ?? false }

    /// Looks from now on for the final event, and for what the reply says at its end.
    package mutating func lookForEnd(_ format: FinalEventScanner.Format) {
        self.finalEvent = FinalEventScanner(format)
    }

    /// What Ollama says at the end of the reply of the time that it took. Nil before that end, and if it says nothing.
    package private(set) var durations: ReplyDurations?

    /// The tokens of the reply so far, if it is looked at: what its end says, else for a stream the number of its chunks.
    ///
    /// They are read anew each time. That changes nothing, but is mutating: a body that is only read would be copied first.
    package mutating func readTokens() -> TokenCounts? {
        if let durations = self.durations { return durations.tokens }
        guard let finalEvent = self.finalEvent else { return nil }
        let told = finalEvent.tokens
        guard finalEvent.isStream, told == nil || !finalEvent.hasSeenFinalEvent && told?.answer ?? 0 < self.chunks
        else { return told }
        guard self.chunks > 0 else { return nil }
        return TokenCounts(prompt: told?.prompt ?? 0, answer: Int32(clamping: self.chunks), isEstimate: true)
    }

    /// Bytes of data that may have been relayed, without framing.
    package private(set) var dataBytes = 0
    /// Chunks whose data may have been relayed to the end.
    package private(set) var chunks = 0

    /// - Parameter framing: how the reply is framed.
    package init(_ framing: BodyFraming) {
        self.reader = BodyReader(framing, acceptsBlanks: true)
        self.isChunked = framing == .chunked
    }

    /// Begins another reply, in place: a new value would be copied there.
    ///
    /// - Parameter framing: how it is framed.
    package mutating func begin(_ framing: BodyFraming) {
        self.reader = BodyReader(framing, acceptsBlanks: true)
        self.isChunked = framing == .chunked
        self.openChunk = nil
        self.isReframed = false
        self.lastBytes = (.lineFeed, .lineFeed)
        if self.finalEvent != nil { self.finalEvent = nil }
        self.durations = nil
        self.dataBytes = 0
        self.chunks = 0
    }

    /// Whether the reply is complete.
    package var isComplete: Bool { self.reader.hasEnded }

    /// Whether the end of the connection is the end of the body.
    package var endsAtClose: Bool { self.reader.endsAtClose }

    /// Follows the next bytes.
    ///
    /// If the backend's chunks cannot be relayed it sets ``isReframed`` and takes nothing: the same bytes are to be
    /// followed once more, and all after them, with `data`, whose ranges go on within ``chunk(_:)``.
    ///
    /// - Parameters:
    ///   - bytes: what has been received.
    ///   - start: the offset where this reply's next byte is.
    ///   - data: called with each range of data, for a client that must not see these chunks; nil for one that may.
    /// - Throws: `HeadProblem` for broken chunks; then nothing of these bytes may be relayed.
    package mutating func follow(
        _ bytes: Span<UInt8>,
        from start: Int,
        data: ((Range<Int>) -> Void)? = nil
    ) throws(HeadProblem) -> Burst {
        var index = start
        var relayable = start
        let before = (
            reader: self.reader, openChunk: self.openChunk, lastBytes: self.lastBytes, dataBytes: self.dataBytes,
            chunks: self.chunks
        )
        while true {
            if data == nil, self.isChunked { self.skipWholeChunks(bytes, &index, &relayable) }
            let step: BodyReader.Step
            do throws(HeadProblem) {
                step = try self.reader.next(bytes, from: &index)
            } catch {
                // Nothing of this burst is relayed, so what was relayed ends where it did.
                (self.reader, self.openChunk, self.lastBytes, self.dataBytes, self.chunks) = before
                throw error
            }
            if data == nil, self.reader.hasBlanks {
                (self.reader, self.openChunk, self.lastBytes, self.dataBytes, self.chunks) = before
                self.isReframed = true
                return Burst(relayable: start, consumed: start, isComplete: false)
            }
            switch step {
            case .data(let range):
                self.remember(bytes, range)
                data?(range)
                relayable = index
                self.dataBytes += range.count
                if self.isChunked {
                    let remaining = self.reader.remaining
                    if remaining == 0 { self.chunks += 1 }
                    if data == nil { self.openChunk = remaining }
                }
            case .needsMore:
                if self.reader.isAtSeam, index > relayable {
                    relayable = index
                    if data == nil {
                        self.openChunk = self.isChunked && self.reader.remaining > 0 ? self.reader.remaining : nil
                    }
                }
                return Burst(relayable: relayable, consumed: index, isComplete: false)
            case .end(let end):
                self.finalEvent?.bodyEnded(&self.durations)
                return Burst(relayable: end, consumed: end, isComplete: true)
            }
        }
    }

    /// What goes around a range of data that is not relayed as the backend framed it.
    ///
    /// - Parameter count: how many bytes of data there are; 0 for the end of the body.
    /// - Returns: what goes before and after them.
    package mutating func chunk(_ count: Int) -> (before: String, behind: String) {
        if let open = self.openChunk, open > 0, count > 0 {
            // The rest of a chunk that the client has the size of; ranges do not go beyond it.
            self.openChunk = open > count ? open - count : nil
            return ("", open > count ? "" : "\r\n")
        }
        let end = self.openChunk == nil ? "" : "\r\n"
        self.openChunk = nil
        return ("\(end)\(String(count, radix: 16))\r\n", "\r\n")
    }

    /// Frames one more piece of data after what was relayed, without ending the body.
    ///
    /// - Returns: the bytes to send, or nil if the framing has no room for them.
    package func frame(_ extra: [UInt8]) -> [UInt8]? {
        guard self.isChunked else { return self.reader.remaining > extra.count ? extra : nil }
        var framed: [UInt8] = []
        var rest = extra[...]
        if let openChunk = self.openChunk {
            framed += rest.prefix(openChunk)
            rest = rest.dropFirst(openChunk)
            // A size cannot be taken back: the chunk stays open, and the connection ends inside it.
            if framed.count < openChunk { return framed }
            framed += "\r\n".utf8
        }
        if !rest.isEmpty {
            framed += String(rest.count, radix: 16).utf8
            framed += "\r\n".utf8
            framed += rest
            framed += "\r\n".utf8
        }
        return framed
    }

    /// Most of a stream is whole chunks: a step for each would be what a burst costs.
    @inline(__always)
    private mutating func skipWholeChunks(_ bytes: Span<UInt8>, _ index: inout Int, _ relayable: inout Int) {
        if self.finalEvent?.needsAllData == true { return }
        let start = index
        let skipped = self.reader.skipWholeChunks(bytes, from: &index)
        guard skipped.chunks > 0 else { return }
        if skipped.chunks > 2,
            skipped.previous.count + skipped.last.count < self.finalEvent?.neededBytes ?? FinalEventScanner.tailBytes
        {
            self.rememberAll(bytes, start..<index)
        } else {
            if !skipped.previous.isEmpty { self.remember(bytes, skipped.previous) }
            self.remember(bytes, skipped.last)
        }
        self.dataBytes += skipped.dataBytes
        self.chunks += skipped.chunks
        relayable = index
        self.openChunk = nil
    }

    /// Remembers whole chunks that are so short that the last two do not show how the data ends.
    private mutating func rememberAll(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var decoder = ChunkedDecoder()
        var index = range.lowerBound
        while index < range.upperBound,
            case .data(let data)? = try? decoder.next(bytes.extracting(..<range.upperBound), from: &index)
        {
            self.remember(bytes, data)
        }
    }

    @inline(__always)
    private mutating func remember(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        self.finalEvent?.look(
            bytes,
            range,
            endsBody: !self.isChunked && self.reader.remaining == 0,
            &self.durations
        )
        let last = bytes[range.upperBound - 1]
        self.lastBytes = (range.count > 1 ? bytes[range.upperBound - 2] : self.lastBytes.1, last)
    }
}
