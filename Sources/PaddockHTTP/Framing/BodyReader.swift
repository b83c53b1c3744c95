// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the body of one message in any framing, and finds where its data is and where it ends.
package struct BodyReader: Sendable {
    /// What was found in the bytes of a body.
    package typealias Step = ChunkedDecoder.Step

    private enum State {
        case length(Int)
        case chunked(ChunkedDecoder)
        case untilClose
        case ended
    }

    private var state: State
    /// Whether there were blanks around the size of a chunk so far.
    private(set) var hasBlanks = false

    /// - Parameters:
    ///   - framing: how the body's length is known.
    ///   - acceptsBlanks: whether blanks are allowed around the size of a chunk. Defaults to false.
    package init(_ framing: BodyFraming, acceptsBlanks: Bool = false) {
        self.state =
            switch framing {
            case .none: .ended
            case .length(let count): .length(count)
            case .chunked: .chunked(ChunkedDecoder(acceptsBlanks: acceptsBlanks))
            case .untilClose: .untilClose
            }
    }

    /// Whether ``next(_:from:)`` has reported the end of the body; a message without a body has ended from the start.
    ///
    /// The last bytes of a body do not end it: the end is a step of its own, so that code that gives up in the middle of a
    /// body cannot take what is left of it for the next message.
    package var hasEnded: Bool {
        if case .ended = self.state { true } else { false }
    }

    /// Whether the body is chunked and has not ended.
    package var isChunked: Bool {
        if case .chunked = self.state { true } else { false }
    }

    /// Whether the end of the connection is the end of the body.
    package var endsAtClose: Bool {
        if case .untilClose = self.state { true } else { false }
    }

    /// How many bytes of data are known to follow in the body or its current chunk.
    package var remaining: Int {
        switch self.state {
        case .length(let remaining): remaining
        case .chunked(let decoder): decoder.remainingInChunk
        case .untilClose: .max
        case .ended: 0
        }
    }

    /// Whether a piece of ours may be inserted after the bytes so far.
    package var isAtSeam: Bool {
        if case .chunked(let decoder) = self.state { decoder.isAtSeam } else { true }
    }

    /// Skips whole chunks, if there are any; ``next(_:from:)`` continues after them.
    @inline(__always)
    mutating func skipWholeChunks(_ bytes: Span<UInt8>, from index: inout Int) -> ChunkedDecoder.Skipped {
        guard case .chunked(var decoder) = self.state else { return ChunkedDecoder.Skipped() }
        // It is between two chunks before and after.
        return decoder.skipWholeChunks(bytes, from: &index)
    }

    /// Takes the step that ends a body all of whose bytes have been read, if that is known without a look at what follows.
    ///
    /// - Returns: whether the body has ended.
    package mutating func takeEnd() -> Bool {
        if case .length(0) = self.state { self.state = .ended }
        return self.hasEnded
    }

    /// Looks at the bytes from an offset on.
    ///
    /// - Parameters:
    ///   - bytes: what has been received.
    ///   - index: where to begin; moved past what was read.
    /// - Throws: `HeadProblem` for broken chunks.
    package mutating func next(_ bytes: Span<UInt8>, from index: inout Int) throws(HeadProblem) -> Step {
        switch self.state {
        case .ended:
            return .end(index)
        case .length(0):
            self.state = .ended
            return .end(index)
        case .length(let remaining):
            let count = min(remaining, bytes.count - index)
            guard count > 0 else { return .needsMore }
            let range = index..<(index + count)
            index += count
            self.state = .length(remaining - count)
            return .data(range)
        case .untilClose:
            guard index < bytes.count else { return .needsMore }
            let range = index..<bytes.count
            index = bytes.count
            return .data(range)
        case .chunked(var decoder):
            let step = try decoder.next(bytes, from: &index)
            self.hasBlanks = decoder.hasBlanks
            if case .end = step { self.state = .ended } else { self.state = .chunked(decoder) }
            return step
        }
    }
}
