// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The fields that matter of the header of a part of a multipart body, of several of one name the first. Those of all other fields are
/// read in place.
///
/// It is read as Go's `net/textproto` reads it.
struct PartFields {
    private(set) var disposition: [UInt8]?
    private(set) var transferEncoding: [UInt8]?

    private enum Field { case disposition, transferEncoding, other }

    /// - Throws: `badPartHead` if a line breaks the grammar.
    init(_ block: Span<UInt8>) throws(MultipartProblem) {
        // The field that a line beginning with a blank continues.
        var field: Field?
        var start = 0
        while start < block.count {
            let lineFeed = block.firstOffset(of: .lineFeed, from: start)
            var line = ByteRange(start: start, end: lineFeed)
            start = lineFeed + 1
            if !line.isEmpty, block[line.upperBound - 1] == .carriageReturn { line.count -= 1 }
            guard !line.isEmpty else { continue }
            let isFolded = block[line.lowerBound].isBlank
            line = block.trimmed(line)
            if isFolded {
                guard let field else { throw .badPartHead }
                try self.append(block, line, to: field, isFolded: true)
            } else {
                let (name, value) = try Self.split(block, line)
                let named = self.field(block, name)
                try self.append(block, value, to: named, isFolded: false)
                field = named
            }
        }
    }

    /// The name and the value of a line, which has its colon even if it is continued.
    private static func split(
        _ block: Span<UInt8>,
        _ line: ByteRange
    ) throws(MultipartProblem) -> (ByteRange, ByteRange) {
        var colon = line.lowerBound
        // A name with a blank in it is tolerated and matches nothing.
        while colon < line.upperBound, block[colon].isTokenByte || block[colon] == .space { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, block[colon] == .colon else { throw .badPartHead }
        return (
            ByteRange(start: line.lowerBound, end: colon), ByteRange(start: colon + 1, end: line.upperBound)
        )
    }

    private func field(_ block: Span<UInt8>, _ name: ByteRange) -> Field {
        if self.disposition == nil, block.matches(name, "content-disposition") { return .disposition }
        if self.transferEncoding == nil, block.matches(name, "content-transfer-encoding") {
            return .transferEncoding
        }
        return .other
    }

    private mutating func append(
        _ block: Span<UInt8>,
        _ value: ByteRange,
        to field: Field,
        isFolded: Bool
    ) throws(MultipartProblem) {
        let text = block.extracting(value.lowerBound..<value.upperBound)
        guard text.endOfFieldValue(from: 0) == text.count else { throw .badPartHead }
        switch field {
        case .disposition: Self.append(text, to: &self.disposition, isFolded: isFolded)
        case .transferEncoding: Self.append(text, to: &self.transferEncoding, isFolded: isFolded)
        case .other: break
        }
    }

    private static func append(_ text: Span<UInt8>, to value: inout [UInt8]?, isFolded: Bool) {
        // In place, as a copy for each of 4,000 continuation lines would take the square of the header's length.
        if value == nil { value = [] }
        if isFolded { value?.append(.space) }
        for index in text.indices { value?.append(text[index]) }
    }
}

extension PartFields {
    /// The disposition with its parameters; nil if there is none.
    ///
    /// - Throws: `badPartHead` if it breaks the grammar.
    func form() throws(MultipartProblem) -> MediaType? {
        guard let disposition = self.disposition, !disposition.allSatisfy(\.isBlank) else { return nil }
        guard let form = MediaType(disposition) else { throw .badPartHead }
        return form
    }

    /// Whether the content is encoded in a way; the name is in lower case.
    func isEncoded(_ encoding: StaticString) -> Bool {
        guard let value = self.transferEncoding else { return false }
        let span = value.span
        return span.matches(span.trimmed(ByteRange(start: 0, end: value.count)), encoding)
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == .space || self == .tab }
}
