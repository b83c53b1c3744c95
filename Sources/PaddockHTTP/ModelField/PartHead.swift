// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What the header of one part of a multipart body says: whether the part is the form field `model`.
///
/// It is read as Go's `net/textproto` and `mime/multipart` read it. Where Go would skip a part because its
/// `Content-Disposition` is malformed, this refuses the body, so that nobody can disagree on which part is the model.
enum PartHead {
    /// A part is the model, or some other field or file.
    case model, other

    /// - Parameter block: the lines of the header, without the empty line.
    /// - Throws: `badPartHead`, or `encodedField` for what cannot be taken as it came.
    init(_ block: [UInt8]) throws(ModelFieldProblem) {
        var disposition: [UInt8]?
        var transferEncoding: [UInt8]?
        for line in try Self.unfolded(block) {
            guard let colon = line.firstIndex(of: .colon) else { throw .badPartHead }
            let name = line[..<colon]
            // A name with a blank in it is tolerated and matches nothing.
            guard !name.isEmpty, name.allSatisfy({ $0.isTokenByte || $0 == .space }) else { throw .badPartHead }
            let value = line[(colon + 1)...]
            guard value.allSatisfy(\.isFieldValueByte) else { throw .badPartHead }
            // Of several fields of one name the first counts.
            if disposition == nil, Self.isEqual(name, "content-disposition") {
                disposition = Array(value)
            } else if transferEncoding == nil, Self.isEqual(name, "content-transfer-encoding") {
                transferEncoding = Array(Self.trimmed(value))
            }
        }
        // Go decodes such a part, and where that fails it looks for the next boundary from wherever it was.
        if let transferEncoding, Self.isEqual(transferEncoding[...], "quoted-printable") { throw .encodedField }
        guard let disposition, !Self.trimmed(disposition[...]).isEmpty else {
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

    /// The lines, those that begin with a blank joined to the line before them.
    private static func unfolded(_ block: [UInt8]) throws(ModelFieldProblem) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for piece in block.split(separator: .lineFeed) {
            let line = piece.last == .carriageReturn ? piece.dropLast() : piece
            guard let first = line.first else { continue }
            if first == .space || first == .tab {
                guard let last = lines.indices.last else { throw .badPartHead }
                lines[last] += [.space] + Self.trimmed(line)
            } else {
                // A line can be continued only if it has its colon already.
                guard line.contains(.colon) else { throw .badPartHead }
                lines.append(Array(Self.trimmed(line)))
            }
        }
        return lines
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop { $0 == .space || $0 == .tab }
        while let last = text.last, last == .space || last == .tab { text.removeLast() }
        return text
    }

    private static func isEqual(_ text: ArraySlice<UInt8>, _ word: String) -> Bool {
        text.lazy.map(\.asciiLowercased).elementsEqual(word.utf8)
    }
}
