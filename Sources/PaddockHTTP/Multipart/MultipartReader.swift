// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What is done with the parts of a multipart body, one after the other.
package protocol MultipartParts: Sendable {
    /// Whether nothing more of the body matters.
    var isRefused: Bool { get }
    /// A part begins.
    ///
    /// - Parameter head: the lines of its header, without the empty line.
    /// - Throws: if the body cannot be read.
    mutating func begin(_ head: [UInt8]) throws(MultipartProblem)
    /// The next bytes of the part; there may be none at all.
    mutating func take(_ bytes: Span<UInt8>)
    /// The part is whole.
    mutating func end()
}

/// Reads a `multipart/form-data` body that arrives in any number of pieces.
///
/// It sees what Go's `mime/multipart` sees: a preamble of any lines; parts whose lines end in CRLF, or in LF where the
/// first boundary does; boundaries with blanks after them; empty parts that end at once. The body must have its closing boundary; what
/// follows that is ignored.
///
/// It keeps the header of one part; what parts hold is passed on as it arrives, and searched eight bytes at a time.
package struct MultipartReader<Parts: MultipartParts>: Sendable {
    /// What the parts hold.
    package var parts: Parts
    /// Why the body cannot be read, once that is certain. More bytes cannot change it.
    package private(set) var problem: MultipartProblem?

    private var phase = Phase.lineStart
    /// Whether the first boundary has passed.
    private var isInParts = false
    /// Whether a part has begun that has not ended.
    private var isInPart = false
    /// What ends a part: CRLF or LF, two hyphens, the boundary.
    private var delimiter: [UInt8] = []
    /// How many bytes of `delimiter` the line break in front has: 2, or 1 once the first boundary ended in LF alone.
    private var lineBreakBytes = 2
    /// How many bytes of `delimiter` have matched.
    private var matched = 0
    /// How many of these were not in the body: a part begins as though its line break had been read twice.
    private var implied = 0

    private var partCount = 0
    private var head: [UInt8] = []
    /// How many bytes of `head` the current line has.
    private var lineBytes = 0

    /// A reader that has seen nothing of a body.
    ///
    /// - Parameters:
    ///   - contentType: the value of `Content-Type`, empty when there is none.
    ///   - parts: what is done with the parts.
    package init(contentType: Span<UInt8>, _ parts: Parts) {
        self.parts = parts
        let contentType = contentType.withUnsafeBufferPointer { Array($0) }
        guard let type = MediaType(contentType), type.type.elementsEqual("multipart/form-data".utf8) else {
            self.fail(.notMultipart)
            return
        }
        let boundary = type.parameter("boundary") ?? []
        // A line break in it could not be told from that in front of it.
        let isPlain = !type.hasExtended("boundary") && boundary.allSatisfy(\.isFieldValueByte)
        guard isPlain, 1...70 ~= boundary.count else {
            self.fail(.badBoundary)
            return
        }
        self.delimiter = Array("\r\n--".utf8) + boundary
        self.matched = self.lineBreakBytes
    }

    /// Looks at the next bytes of the body.
    package mutating func feed(_ bytes: Span<UInt8>) {
        self.stopIfRefused()
        var index = 0
        while index < bytes.count {
            switch self.phase {
            case .lineStart: self.scanLineStart(bytes, &index)
            case .otherLine: self.skipLine(bytes, &index)
            case .boundary, .hyphen, .blanks, .lineFeed, .closingBlanks, .closingLineFeed:
                self.scanBoundaryLine(bytes[index], &index)
            case .head: self.scanHead(bytes, &index)
            case .body: self.scanBody(bytes, &index)
            case .closed, .failed: return
            }
        }
    }

    /// Ends the body, which has a problem if it has no closing boundary.
    package mutating func finish() {
        self.stopIfRefused()
        switch self.phase {
        case .closed, .closingBlanks, .failed: break
        default: self.fail(.noClosingBoundary)
        }
    }

    private mutating func fail(_ problem: MultipartProblem) {
        self.problem = problem
        self.phase = .failed
    }
}

// MARK: - Phases

extension MultipartReader {
    /// The expected input.
    private enum Phase: UInt8, Sendable {
        /// A line of the preamble, which may be the first boundary.
        case lineStart
        /// The rest of some line of the preamble.
        case otherLine

        /// What follows a boundary and decides whether it is one.
        case boundary
        /// The second hyphen of a closing boundary.
        case hyphen
        /// Blanks, or the end of the line of a boundary.
        case blanks
        /// The line feed at the end of the line of a boundary.
        case lineFeed
        /// Blanks, the end of the line or the end of the body, after a closing boundary.
        case closingBlanks
        /// The line feed at the end of the line of a closing boundary.
        case closingLineFeed

        /// The header of a part.
        case head
        /// The body of a part.
        case body
        /// Nothing that matters: the closing boundary has passed.
        case closed
        /// Nothing: there is a problem.
        case failed
    }
}

// MARK: - Preamble and boundaries

extension MultipartReader {
    private mutating func scanLineStart(_ bytes: Span<UInt8>, _ index: inout Int) {
        guard bytes[index] == self.delimiter[self.matched] else {
            self.phase = .otherLine
            return
        }
        index += 1
        self.matched += 1
        if self.matched == self.delimiter.count { self.phase = .boundary }
    }

    private mutating func skipLine(_ bytes: Span<UInt8>, _ index: inout Int) {
        let end = bytes.firstOffset(of: .lineFeed, from: index)
        guard end < bytes.count else {
            index = end
            return
        }
        index = end + 1
        self.matched = self.lineBreakBytes
        self.phase = .lineStart
    }

    private mutating func scanBoundaryLine(_ byte: UInt8, _ index: inout Int) {
        let isShort = self.lineBreakBytes == 1
        switch (self.phase, byte) {
        case (.boundary, UInt8(ascii: "-")):
            self.phase = .hyphen
        case (.boundary, .space), (.boundary, .tab), (.blanks, .space), (.blanks, .tab):
            self.phase = .blanks
        case (.boundary, .carriageReturn) where !isShort, (.blanks, .carriageReturn) where !isShort:
            self.phase = .lineFeed
        case (.boundary, .lineFeed) where isShort || !self.isInParts,
            (.blanks, .lineFeed) where isShort || !self.isInParts:
            if !isShort {
                self.delimiter.removeFirst()
                self.lineBreakBytes = 1
            }
            self.beginHead()
        case (.lineFeed, .lineFeed):
            self.beginHead()
        case (.hyphen, UInt8(ascii: "-")), (.closingBlanks, .space), (.closingBlanks, .tab):
            self.phase = .closingBlanks
        case (.closingBlanks, .carriageReturn) where !isShort:
            self.phase = .closingLineFeed
        case (.closingBlanks, .lineFeed) where isShort, (.closingLineFeed, .lineFeed):
            self.phase = .closed
        default:
            self.refuseBoundary(byte)
            return
        }
        index += 1
        if self.isInParts, self.phase != .hyphen { self.endPart() }
    }

    /// The line is not a boundary after all.
    ///
    /// The byte that showed it has not been consumed.
    private mutating func refuseBoundary(_ byte: UInt8) {
        guard self.isInParts else {
            self.phase = .otherLine
            return
        }
        switch self.phase {
        case .boundary where byte != .carriageReturn && byte != .lineFeed:
            self.resumeBody()
        case .hyphen:
            self.resumeBody()
            let hyphen = [UInt8(ascii: "-")]
            self.take(hyphen.span)
        default:
            self.endPart()
            if self.phase != .failed { self.fail(.badBoundaryLine) }
        }
    }
}

// MARK: - Parts

extension MultipartReader {
    private mutating func beginHead() {
        guard self.partCount < MultipartLimits.maxParts else {
            self.fail(.tooManyParts)
            return
        }
        self.partCount += 1
        self.isInParts = true
        self.head.removeAll(keepingCapacity: true)
        self.lineBytes = 0
        self.phase = .head
    }

    private mutating func scanHead(_ bytes: Span<UInt8>, _ index: inout Int) {
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard self.head.count < MultipartLimits.maxPartHeadBytes else {
                self.fail(.partHeadTooLarge)
                return
            }
            if byte == .lineFeed {
                let isEmpty = self.lineBytes == 0 || self.lineBytes == 1 && self.head.last == .carriageReturn
                self.lineBytes = 0
                if isEmpty {
                    self.beginBody()
                    return
                }
            } else {
                self.lineBytes += 1
            }
            self.head.append(byte)
        }
    }

    private mutating func beginBody() {
        do throws(MultipartProblem) { try self.parts.begin(self.head) } catch { return self.fail(error) }
        self.isInPart = true
        self.matched = self.lineBreakBytes
        self.implied = self.lineBreakBytes
        self.phase = .body
        self.stopIfRefused()
    }

    private mutating func scanBody(_ bytes: Span<UInt8>, _ index: inout Int) {
        while index < bytes.count {
            if self.matched == 0 {
                let next = self.delimiterOffset(bytes, from: index)
                if next > index { self.take(bytes.extracting(index..<next)) }
                index = next
                guard index < bytes.count, self.phase == .body else { return }
            }
            if bytes[index] == self.delimiter[self.matched] {
                index += 1
                self.matched += 1
                if self.matched == self.delimiter.count {
                    self.phase = .boundary
                    return
                }
            } else {
                // The first byte of the delimiter occurs nowhere else in it, so a match can only begin again here.
                self.resumeBody()
            }
        }
    }

    /// Where the delimiter may begin: most line breaks are no part of it, as their next two bytes show if they have arrived.
    private func delimiterOffset(_ bytes: Span<UInt8>, from index: Int) -> Int {
        var next = bytes.firstOffset(of: self.delimiter[0], from: index)
        while next + 2 < bytes.count, bytes[next + 1] != self.delimiter[1] || bytes[next + 2] != self.delimiter[2] {
            next = bytes.firstOffset(of: self.delimiter[0], from: next + 1)
        }
        return next
    }

    /// What has matched of the delimiter belongs to the part.
    private mutating func resumeBody() {
        let delimiter = self.delimiter
        if self.matched > self.implied { self.take(delimiter.span.extracting(self.implied..<self.matched)) }
        self.matched = 0
        self.implied = 0
        if self.phase != .failed { self.phase = .body }
    }

    private mutating func take(_ bytes: Span<UInt8>) {
        guard self.phase != .failed else { return }
        self.parts.take(bytes)
        self.stopIfRefused()
    }

    private mutating func endPart() {
        guard self.isInPart else { return }
        self.isInPart = false
        self.parts.end()
        self.stopIfRefused()
    }

    private mutating func stopIfRefused() { if self.parts.isRefused { self.phase = .failed } }
}
