// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the form field `model` of a `multipart/form-data` body that arrives in any number of pieces.
///
/// It sees what Go's `mime/multipart` sees: a preamble of any lines; parts whose lines end in CRLF, or in LF where the
/// first boundary does; boundaries with blanks after them; empty parts that end at once. The model is the query's, else
/// the first field of that name that is not a file. The body must have its closing boundary; what follows that is ignored.
///
/// It keeps the header of one part and the value of one field, both bounded; files are skipped eight bytes at a time.
package struct MultipartModelScanner: Sendable {
    /// The longest header of a part in bytes, the empty line after it included: 16 KiB.
    package static let maxPartHeadBytes = 16_384
    /// The most parts of a body: 1,000, as in Go.
    package static let maxParts = 1000

    /// Why there is no model, once that is certain.
    ///
    /// More bytes cannot change it.
    package private(set) var problem: ModelFieldProblem?

    private var phase = Phase.lineStart
    /// Whether the first boundary has passed.
    private var isInParts = false
    /// What ends a part: CRLF or LF, two hyphens, the boundary.
    private var delimiter: [UInt8] = []
    /// How many bytes of `delimiter` the line break in front has: 2, or 1 once the first boundary ended in LF alone.
    private var lineBreakBytes = 2
    /// How many bytes of `delimiter` have matched.
    private var matched = 0
    /// How many of these were not in the body: a part begins as though its line break had been read twice.
    private var implied = 0

    private var parts = 0
    private var head: [UInt8] = []
    /// How many bytes of `head` the current line has.
    private var lineBytes = 0

    private var isModel = false
    private var value: [UInt8] = []
    private var found: ModelField?

    /// A scanner that has seen nothing of a body.
    ///
    /// - Parameters:
    ///   - contentType: the value of `Content-Type`, empty when there is none.
    ///   - query: the query string of the request, empty when there is none; its `model` wins over the body's.
    package init(contentType: Span<UInt8>, query: Span<UInt8>) {
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
        self.found = QueryModel.find(in: query)
        if case .invalid(let problem) = self.found { self.fail(problem) }
    }

    /// Looks at the next bytes of the body.
    package mutating func feed(_ bytes: Span<UInt8>) {
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

    /// Ends the body.
    ///
    /// - Returns: the model, or what is wrong with the request.
    package mutating func finish() -> ModelField {
        switch self.phase {
        case .closed, .closingBlanks, .failed: break
        default: self.fail(.noClosingBoundary)
        }
        if let problem = self.problem { return .invalid(problem) }
        return self.found ?? .invalid(.missing)
    }

    private mutating func fail(_ problem: ModelFieldProblem) {
        self.problem = problem
        self.phase = .failed
    }
}

// MARK: - Phases

extension MultipartModelScanner {
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

extension MultipartModelScanner {
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
            self.keep(UInt8(ascii: "-"))
        default:
            self.endPart()
            if self.problem == nil { self.fail(.badBoundaryLine) }
        }
    }
}

// MARK: - Parts

extension MultipartModelScanner {
    private mutating func beginHead() {
        guard self.parts < Self.maxParts else {
            self.fail(.tooManyParts)
            return
        }
        self.parts += 1
        self.isInParts = true
        self.head.removeAll(keepingCapacity: true)
        self.lineBytes = 0
        self.phase = .head
    }

    private mutating func scanHead(_ bytes: Span<UInt8>, _ index: inout Int) {
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard self.head.count < Self.maxPartHeadBytes else {
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
        do {
            let isModel = try PartHead(self.head) == .model
            self.isModel = isModel && self.found == nil
        } catch {
            self.fail(error)
            return
        }
        self.value.removeAll(keepingCapacity: true)
        self.matched = self.lineBreakBytes
        self.implied = self.lineBreakBytes
        self.phase = .body
    }

    private mutating func scanBody(_ bytes: Span<UInt8>, _ index: inout Int) {
        while index < bytes.count {
            if self.matched == 0 {
                let next = bytes.firstOffset(of: self.delimiter[0], from: index)
                if self.isModel { self.keep(bytes.extracting(index..<next)) }
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

    /// What has matched of the delimiter belongs to the part.
    private mutating func resumeBody() {
        let delimiter = self.delimiter
        if self.isModel { self.keep(delimiter.span.extracting(self.implied..<self.matched)) }
        self.matched = 0
        self.implied = 0
        if self.phase != .failed { self.phase = .body }
    }

    private mutating func keep(_ bytes: Span<UInt8>) {
        guard self.value.count + bytes.count <= ModelField.maxBytes else {
            self.fail(.tooLong)
            return
        }
        for index in bytes.indices { self.value.append(bytes[index]) }
    }

    private mutating func keep(_ byte: UInt8) {
        if self.isModel { self.keep([byte].span) }
    }

    private mutating func endPart() {
        guard self.isModel else { return }
        self.isModel = false
        let field = ModelField(value: self.value.span)
        self.found = field
        if case .invalid(let problem) = field { self.fail(problem) }
    }
}
