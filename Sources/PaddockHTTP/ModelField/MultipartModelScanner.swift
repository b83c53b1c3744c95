// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the model in a `multipart/form-data` body (RFC 7578) that arrives in any number of pieces.
///
/// The model is the query's `model`, else the first form field of that name. Files are skipped as they come; at most one
/// part header and one short value are held.
package struct MultipartModelScanner: Sendable {
    /// The longest header of one part in bytes: 16 KiB.
    package static let maxPartHeadBytes = 16_384

    private enum State: Sendable {
        /// Before the first boundary, or in the data of a part.
        case data
        /// Behind a boundary: two hyphens close the body, blanks pad the line.
        case boundaryLine
        /// Behind the first hyphen after a boundary.
        case closingHyphen
        /// Behind the carriage return of a boundary line.
        case boundaryLineFeed
        /// In the header of a part.
        case partHead
        /// Behind the closing boundary.
        case closed
    }

    /// Why there is no model, once that is certain.
    package private(set) var problem: ModelFieldProblem?

    /// Carriage return, line feed, two hyphens, the boundary.
    private var delimiter: [UInt8] = []
    private var state = State.data
    /// How many bytes of the delimiter the last bytes of data spell. A body may begin with its boundary, as if behind a
    /// line break.
    private var matched = 2
    private var head: [UInt8] = []
    private var capture: [UInt8]?
    private var found: ModelField?

    /// - Parameters:
    ///   - contentType: the value of `Content-Type`, empty when there is none.
    ///   - query: the query string, empty when there is none; its `model` wins over the body's.
    package init(contentType: Span<UInt8>, query: Span<UInt8>) {
        self.found = QueryModel.find(in: query)
        guard let type = MediaType(contentType), type.type.elementsEqual("multipart/form-data".utf8) else {
            self.problem = .notMultipart
            return
        }
        guard let boundary = type.parameter("boundary"), 1...70 ~= boundary.count else {
            self.problem = .badBoundary
            return
        }
        guard !boundary.contains(.carriageReturn), !boundary.contains(.lineFeed) else {
            self.problem = .badBoundary
            return
        }
        self.delimiter = Array("\r\n--".utf8) + boundary
    }

    /// Looks at the next bytes of the body.
    package mutating func feed(_ bytes: Span<UInt8>) {
        var index = 0
        while index < bytes.count, self.problem == nil {
            switch self.state {
            case .data:
                self.readData(bytes, &index)
            case .closed:
                return
            default:
                self.read(bytes[index])
                index += 1
            }
        }
    }

    /// Ends the body.
    ///
    /// - Returns: the model, or what is wrong with the request.
    package mutating func finish() -> ModelField {
        if let problem = self.problem { return .invalid(problem) }
        guard case .closed = self.state else { return .invalid(.noClosingBoundary) }
        return self.found ?? .invalid(.missing)
    }

    // MARK: - Data

    private mutating func readData(_ bytes: Span<UInt8>, _ index: inout Int) {
        if self.matched == 0, self.capture == nil {
            // The delimiter holds one carriage return, its first byte: nothing before one can begin it.
            index = bytes.firstOffset(of: .carriageReturn, from: index)
            guard index < bytes.count else { return }
        }
        let byte = bytes[index]
        index += 1
        if byte == self.delimiter[self.matched] {
            self.matched += 1
            if self.matched == self.delimiter.count { self.partEnded() }
            return
        }
        self.keep(self.delimiter.prefix(self.matched))
        self.matched = byte == .carriageReturn ? 1 : 0
        if self.matched == 0 { self.keep([byte]) }
    }

    private mutating func keep(_ bytes: some Collection<UInt8>) {
        guard let count = self.capture?.count else { return }
        // One byte too many is enough to know that it is too long.
        self.capture?.append(contentsOf: bytes.prefix(ModelField.maxBytes + 1 - count))
    }

    private mutating func partEnded() {
        if let value = self.capture { self.found = ModelField(value: value.span) }
        self.capture = nil
        self.matched = 0
        self.state = .boundaryLine
    }

    // MARK: - Boundary lines and part headers

    private mutating func read(_ byte: UInt8) {
        switch (self.state, byte) {
        case (.boundaryLine, UInt8(ascii: "-")): self.state = .closingHyphen
        case (.boundaryLine, .space), (.boundaryLine, .tab): break
        case (.boundaryLine, .carriageReturn): self.state = .boundaryLineFeed
        case (.closingHyphen, UInt8(ascii: "-")): self.state = .closed
        case (.boundaryLineFeed, .lineFeed):
            self.state = .partHead
            self.head = []
        case (.partHead, _): self.readHead(byte)
        default: self.problem = .badBoundaryLine
        }
    }

    private mutating func readHead(_ byte: UInt8) {
        self.head.append(byte)
        guard self.head.count <= Self.maxPartHeadBytes else {
            self.problem = .partHeadTooLarge
            return
        }
        let isEmptyLine = self.head == [.carriageReturn, .lineFeed]
        guard byte == .lineFeed, isEmptyLine || self.head.suffix(4).elementsEqual("\r\n\r\n".utf8) else { return }
        do throws(ModelFieldProblem) {
            if try PartHead(self.head) == .model, self.found == nil { self.capture = [] }
        } catch {
            self.problem = error
        }
        self.head = []
        self.state = .data
        // An empty part ends with the line break of its header.
        self.matched = 2
    }
}
