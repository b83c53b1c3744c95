// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The header of one part of a multipart body: whether the part is the form field `model`.
///
/// It is read as Go's `net/textproto` and `mime/multipart` read it. Where Go would skip a part because its
/// `Content-Disposition` is malformed, this refuses the body, so that no reader can disagree on which part is the model.
enum PartHead {
    /// A part is the model, or some other field or file.
    case model, other

    /// - Parameter block: the lines of the header, without the empty line.
    /// - Throws: `badPartHead`, or `encodedField` for a part that cannot be used unchanged.
    init(_ block: [UInt8]) throws(ModelFieldProblem) {
        let values = try Values(block.span)
        // Go decodes such a part, and if that fails it looks for the next boundary from where it was.
        if let encoding = values.transferEncoding, Self.isEqual(encoding, "quoted-printable") { throw .encodedField }
        guard let disposition = values.disposition, !disposition.allSatisfy(\.isBlank) else {
            self = .other
            return
        }
        guard let form = MediaType(disposition) else { throw .badPartHead }
        guard form.type.elementsEqual("form-data".utf8) else {
            self = .other
            return
        }
        guard !form.hasExtended("name") else { throw .encodedField }
        guard form.parameter("name")?.elementsEqual("model".utf8) == true else {
            self = .other
            return
        }
        guard !form.hasExtended("filename") else { throw .encodedField }
        if let file = form.parameter("filename"), !file.isEmpty {
            self = .other
            return
        }
        self = .model
    }

    private static func isEqual(_ value: [UInt8], _ word: StaticString) -> Bool {
        let span = value.span
        return span.matches(span.trimmed(ByteRange(start: 0, end: value.count)), word)
    }
}

extension PartHead {
    /// The values that matter, of several fields of one name the first. Those of all other fields are read in place.
    private struct Values {
        private(set) var disposition: [UInt8]?
        private(set) var transferEncoding: [UInt8]?

        private enum Field { case disposition, transferEncoding, other }

        /// - Throws: `badPartHead` if a line breaks the grammar.
        init(_ block: Span<UInt8>) throws(ModelFieldProblem) {
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
        ) throws(ModelFieldProblem) -> (ByteRange, ByteRange) {
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
        ) throws(ModelFieldProblem) {
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
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == .space || self == .tab }
}
