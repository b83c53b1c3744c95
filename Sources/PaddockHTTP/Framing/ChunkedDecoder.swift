// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Follows the chunked transfer coding (RFC 9112 §7.1) through bytes that arrive in any number of pieces.
///
/// It only finds where the data is and where the body ends; the bytes stay in place. Line ends are strict and
/// extensions bounded, so that no backend can see other chunks than we do.
package struct ChunkedDecoder: Sendable {
    /// What the bytes at an offset are.
    package enum Step: Equatable, Sendable {
        /// Data of the body.
        case data(Range<Int>)
        /// All bytes are used up; the body continues.
        case needsMore
        /// The body ended before this offset.
        case end(Int)
    }

    private enum State: Equatable {
        /// Before the size of a chunk.
        case sizeStart
        /// In the digits of a size.
        case size(Int, digits: Int)
        /// In blanks before or after the digits of a size, where they are accepted. The counts bound them.
        case blankBeforeSize(Int)
        case blankBehindSize(Int, Int)
        /// In an extension after a size. The count bounds it.
        case sizeExtension(Int, Int)
        /// After the carriage return of a size line.
        case sizeLineFeed(Int)
        /// In the data of a chunk, this many bytes before its end.
        case data(Int)
        /// After the data of a chunk.
        case dataCarriageReturn
        case dataLineFeed
        /// In the trailer section: the bytes seen of the current line, and of the whole.
        case trailer(line: Int, all: Int)
        case trailerLineFeed(line: Int, all: Int)
        case ended
    }

    private static let maxExtensionBytes = 4096
    private static let maxTrailerBytes = 16_384

    private var state = State.sizeStart
    private let acceptsBlanks: Bool
    /// Whether there were blanks around a size so far.
    private(set) var hasBlanks = false

    /// - Parameter acceptsBlanks: whether blanks and tabs are allowed around a size, as some servers write them; curl, nginx and
    ///   HAProxy accept them. Not for requests, as a backend may see other chunks there. Defaults to false.
    package init(acceptsBlanks: Bool = false) {
        self.acceptsBlanks = acceptsBlanks
    }

    /// How many bytes are missing to the end of the current chunk's data; 0 between chunks.
    package var remainingInChunk: Int {
        if case .data(let remaining) = self.state { remaining } else { 0 }
    }

    /// Whether the next byte is data, or the first of a new chunk: here a piece of ours may be inserted.
    package var isAtSeam: Bool {
        switch self.state {
        case .data, .sizeStart: true
        default: false
        }
    }

    /// Looks at the bytes from an offset on.
    ///
    /// - Parameters:
    ///   - bytes: what has been received.
    ///   - index: where to begin; moved past what was read.
    /// - Throws: `HeadProblem.malformed`, and `.tooLarge` for endless extensions or trailers.
    package mutating func next(_ bytes: Span<UInt8>, from index: inout Int) throws(HeadProblem) -> Step {
        while index < bytes.count {
            switch self.state {
            case .data(let remaining):
                let count = min(remaining, bytes.count - index)
                let range = index..<(index + count)
                index += count
                self.state = count == remaining ? .dataCarriageReturn : .data(remaining - count)
                return .data(range)
            case .dataCarriageReturn where index + 1 < bytes.count && bytes[index + 1] == .lineFeed:
                guard bytes[index] == .carriageReturn else { throw .malformed("a chunk is longer than its size") }
                index += 2
                self.state = .sizeStart
            case .sizeStart:
                guard let size = Self.wholeSizeLine(bytes, &index) else { fallthrough }
                self.state = .data(size)
            default:
                if self.acceptsBlanks, bytes[index] == .space || bytes[index] == .tab,
                    let state = try Self.state(afterBlankIn: self.state)
                {
                    self.hasBlanks = true
                    self.state = state
                } else {
                    self.state = try Self.state(after: bytes[index], in: self.state)
                }
                index += 1
                if self.state == .ended { return .end(index) }
            }
        }
        return .needsMore
    }

    /// Chunks that were skipped as a whole.
    struct Skipped {
        /// How many.
        var chunks = 0
        /// The bytes of their data.
        var dataBytes = 0
        /// Where the data of the last one is.
        var last = 0..<0
        /// Where the data of the one before it is; empty if there was none.
        var previous = 0..<0
    }

    /// Skips chunks that are complete, from their size to the line break after their data, where a new one begins.
    ///
    /// What is not such a chunk is left for ``next(_:from:)``, and so is what is wrong.
    @inline(__always)
    mutating func skipWholeChunks(_ bytes: Span<UInt8>, from index: inout Int) -> Skipped {
        var skipped = Skipped()
        guard case .sizeStart = self.state else { return skipped }
        let raw = bytes.bytes
        while true {
            var start = index
            var size = raw.shortSizeLine(&start)
            if size == 0 { size = Self.wholeSizeLine(bytes, &start) ?? 0 }
            guard size > 0, size < bytes.count &- start &- 1 else { return skipped }
            let end = start &+ size
            guard raw.isLineBreak(at: end) else { return skipped }
            index = end &+ 2
            skipped.chunks &+= 1
            skipped.dataBytes &+= size
            skipped.previous = skipped.last
            skipped.last = Range(uncheckedBounds: (start, end))
        }
    }

    /// Reads the size line of a chunk with data, where the whole line is there and has no extension: the usual case, for
    /// which a state after each byte would cost more than everything else in a stream of short lines.
    ///
    /// - Returns: the size, or nil without having moved.
    private static func wholeSizeLine(_ bytes: Span<UInt8>, _ index: inout Int) -> Int? {
        var size = 0
        var end = index
        let limit = min(bytes.count - 1, index + 15)
        while end < limit, let digit = bytes[end].hexValue {
            size = size << 4 | Int(digit)
            end += 1
        }
        guard size > 0, end < bytes.count - 1, bytes[end] == .carriageReturn, bytes[end + 1] == .lineFeed else {
            return nil
        }
        index = end + 2
        return size
    }

    /// - Returns: nil if a blank is not next to a size.
    private static func state(afterBlankIn state: State) throws(HeadProblem) -> State? {
        switch state {
        case .sizeStart: return .blankBeforeSize(1)
        case .size(let size, _): return .blankBehindSize(size, 1)
        case .blankBeforeSize(let seen), .blankBehindSize(_, let seen):
            guard seen < self.maxExtensionBytes else { throw .tooLarge }
            if case .blankBehindSize(let size, _) = state { return .blankBehindSize(size, seen + 1) }
            return .blankBeforeSize(seen + 1)
        default: return nil
        }
    }

    private static func state(after byte: UInt8, in state: State) throws(HeadProblem) -> State {
        switch state {
        case .sizeStart, .blankBeforeSize:
            guard let value = byte.hexValue else { throw .malformed("a chunk does not begin with its size") }
            return .size(Int(value), digits: 1)
        case .size(let size, let digits):
            if let value = byte.hexValue {
                guard digits < 15 else { throw .malformed("a chunk size is out of range") }
                return .size(size << 4 | Int(value), digits: digits + 1)
            }
            if byte == .carriageReturn { return .sizeLineFeed(size) }
            guard byte == UInt8(ascii: ";") else { throw .malformed("a chunk size is not hexadecimal digits") }
            return .sizeExtension(size, 0)
        case .blankBehindSize(let size, _):
            if byte == .carriageReturn { return .sizeLineFeed(size) }
            guard byte == UInt8(ascii: ";") else { throw .malformed("a chunk size is not hexadecimal digits") }
            return .sizeExtension(size, 0)
        case .sizeExtension(let size, let seen):
            if byte == .carriageReturn { return .sizeLineFeed(size) }
            guard byte.isFieldValueByte else { throw .malformed("a chunk extension has a control character") }
            guard seen < self.maxExtensionBytes else { throw .tooLarge }
            return .sizeExtension(size, seen + 1)
        case .sizeLineFeed(let size):
            guard byte == .lineFeed else { throw .malformed("a chunk size line does not end with CR LF") }
            return size == 0 ? .trailer(line: 0, all: 0) : .data(size)
        case .dataCarriageReturn:
            guard byte == .carriageReturn else { throw .malformed("a chunk is longer than its size") }
            return .dataLineFeed
        case .dataLineFeed:
            guard byte == .lineFeed else { throw .malformed("a chunk does not end with CR LF") }
            return .sizeStart
        case .trailer(let line, let all):
            if byte == .carriageReturn { return .trailerLineFeed(line: line, all: all + 1) }
            guard byte.isFieldValueByte else { throw .malformed("a trailer field has a control character") }
            guard all < self.maxTrailerBytes else { throw .tooLarge }
            return .trailer(line: line + 1, all: all + 1)
        case .trailerLineFeed(let line, let all):
            guard byte == .lineFeed else { throw .malformed("a trailer field does not end with CR LF") }
            return line == 0 ? .ended : .trailer(line: 0, all: all + 1)
        case .data, .ended:
            preconditionFailure("data is taken as a whole, and nothing follows the end")
        }
    }
}

extension RawSpan {
    /// Reads a size line of one to three digits without looking at each byte on its own, as nearly all chunks of a stream have one.
    ///
    /// - Parameter index: where the line begins, from 0 on; moved after it if it is such a line.
    /// - Returns: the size; 0 if it is another line, or one that does not lie eight bytes before the end.
    @inline(__always)
    fileprivate func shortSizeLine(_ index: inout Int) -> Int {
        guard index <= self.byteCount &- 8 else { return 0 }
        // The first byte lowest. Eight bytes from `index` on are in the span.
        let word = UInt64(littleEndian: self.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
        var size = 0
        var rest = word
        var digits = 0
        while digits < 3 {
            guard let value = UInt8(truncatingIfNeeded: rest).hexValue else { break }
            size = size &<< 4 | Int(value)
            rest = rest &>> 8
            digits &+= 1
        }
        // The end of the body is not a chunk to pass over.
        guard size > 0, UInt16(truncatingIfNeeded: rest) == Self.lineBreak else { return 0 }
        index &+= digits &+ 2
        return size
    }

    /// Whether CR LF is at an offset; it and the next one must be in the span.
    @inline(__always)
    fileprivate func isLineBreak(at offset: Int) -> Bool {
        UInt16(littleEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)) == Self.lineBreak
    }

    /// CR LF as a number, the first byte lowest.
    private static var lineBreak: UInt16 { 0x0A0D }
}
