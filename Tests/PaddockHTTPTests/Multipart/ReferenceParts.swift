// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// A slow reading of a whole multipart body under the rules of Go's `mime/multipart`, for bodies whose part headers are
/// known texts.
struct ReferenceParts {
    /// What is in a body, in its order.
    struct Reading {
        /// The headers of the parts that are whole, and what they hold.
        var parts: [(head: String, content: [UInt8])] = []
        /// The header of a part that does not end, and how many bytes follow it.
        var openPart: (head: String, bytes: Int)?
        /// What is wrong behind the parts.
        var problem: MultipartProblem?
    }

    private let bytes: [UInt8]
    private let boundary: [UInt8]
    private let heads: [String]
    private var lineBreak = Array("\r\n".utf8)
    private var index = 0
    private var reading = Reading()

    /// - Parameters:
    ///   - bytes: the body.
    ///   - boundary: its boundary.
    ///   - heads: the headers that are known, each with its empty line.
    /// - Returns: nil when the body has a header that is not known.
    static func read(_ bytes: [UInt8], boundary: String, heads: [String]) -> Reading? {
        var parser = ReferenceParts(bytes: bytes, boundary: Array("--\(boundary)".utf8), heads: heads)
        guard parser.read() else { return nil }
        return parser.reading
    }

    private init(bytes: [UInt8], boundary: [UInt8], heads: [String]) {
        self.bytes = bytes
        self.boundary = boundary
        self.heads = heads
    }

    private enum Line { case boundary, closing, other, cut }

    /// - Returns: whether all headers were known.
    private mutating func read() -> Bool {
        // The preamble.
        search: while true {
            guard self.index < self.bytes.count else { return self.ends(.noClosingBoundary) }
            let line = self.line()
            switch self.classify(line) {
            case .boundary: break search
            case .closing: return true
            case .cut: return self.ends(.noClosingBoundary)
            case .other:
                let rest = Self.trimmed(line.dropFirst(self.boundary.count))
                if line.starts(with: self.boundary), rest == [0x0A] {
                    self.lineBreak = [0x0A]
                    break search
                }
            }
        }
        // The parts, each after its boundary line.
        while true {
            guard let head = self.head() else { return self.isCutHead ? self.ends(.noClosingBoundary) : false }
            let start = self.index
            guard let end = self.end(of: start) else {
                self.reading.openPart = (head, self.bytes.count - start)
                return self.ends(.noClosingBoundary)
            }
            self.reading.parts.append((head, Array(self.bytes[start..<end])))
            self.index = end
            if !self.bytes[end...].starts(with: self.boundary) { self.index += self.lineBreak.count }
            switch self.classify(self.line()) {
            case .boundary: continue
            case .closing: return true
            case .cut: return self.ends(.noClosingBoundary)
            case .other: return self.ends(.badBoundaryLine)
            }
        }
    }

    private mutating func ends(_ problem: MultipartProblem) -> Bool {
        self.reading.problem = problem
        return true
    }

    /// The next line with its line feed, which may be missing at the end.
    private mutating func line() -> [UInt8] {
        let rest = self.bytes[self.index...]
        let end = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.endIndex
        self.index = end
        return Array(rest[..<end])
    }

    private func classify(_ line: [UInt8]) -> Line {
        let isCut = line.last != 0x0A
        guard line.starts(with: self.boundary) else {
            return isCut && self.boundary.starts(with: line) ? .cut : .other
        }
        let rest = Array(line.dropFirst(self.boundary.count))
        let carriageReturn = Array(self.lineBreak.dropLast())
        if rest.starts(with: [0x2D, 0x2D]) {
            let tail = Self.trimmed(rest.dropFirst(2))
            if tail == self.lineBreak || tail.isEmpty { return .closing }
            return isCut && tail == carriageReturn ? .cut : .other
        }
        let tail = Self.trimmed(rest[...])
        if tail == self.lineBreak { return .boundary }
        return isCut && (tail.isEmpty || tail == carriageReturn || rest == [0x2D]) ? .cut : .other
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] { Array(text.drop { $0 == 0x20 || $0 == 0x09 }) }

    private mutating func head() -> String? {
        for head in self.heads where self.bytes[self.index...].starts(with: Array(head.utf8)) {
            self.index += head.utf8.count
            return head
        }
        return nil
    }

    /// Whether the body ends inside a header that would be known.
    private var isCutHead: Bool {
        self.heads.contains { Array($0.utf8).starts(with: self.bytes[self.index...]) }
    }

    /// Where the part ends: at its line break and boundary, or at once at its boundary.
    private func end(of start: Int) -> Int? {
        (start..<self.bytes.count).first { index in
            let rest = self.bytes[index...]
            if index == start, rest.starts(with: self.boundary) {
                return self.isBoundary(rest.dropFirst(self.boundary.count))
            }
            let delimiter = self.lineBreak + self.boundary
            return rest.starts(with: delimiter) && self.isBoundary(rest.dropFirst(delimiter.count))
        }
    }

    private func isBoundary(_ rest: ArraySlice<UInt8>) -> Bool {
        // At the end of the body the part has not ended: nothing closes the body.
        guard let first = rest.first else { return false }
        return [0x20, 0x09, 0x0D, 0x0A].contains(first) || rest.starts(with: [0x2D, 0x2D])
    }
}
