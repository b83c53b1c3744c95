// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The form of an upload: one file, in the part `file`, and a few short fields in front of it or behind it.
package struct UploadForm: MultipartParts {
    /// The longest value of a field, in bytes.
    package static let maxValueBytes = 1_024
    /// The longest name of the file that is kept, in bytes of UTF-8; the end of a longer one is cut off.
    package static let maxFilenameBytes = 255

    /// Why the form is refused.
    package enum Problem: Equatable, Sendable {
        /// There is more than one file.
        case severalFiles
        /// A file is in another part than `file`, or `file` is not sent as a file.
        case misplacedFile
        /// A field is there twice.
        case repeatedField
        /// The value of a field is longer than `maxValueBytes`, or not UTF-8.
        case badValue
    }

    private enum Part: Equatable {
        case file
        case field(String)
        case ignored
    }

    /// The names of the fields that are kept.
    private let names: Set<String>
    /// Why the form is refused, once that is certain.
    package private(set) var problem: Problem?
    /// The fields that are known, by their names.
    package private(set) var fields: [String: String] = [:]
    /// The file's name, without characters that could move a terminal's cursor; nil until the file begins.
    package private(set) var filename: String?
    private var part = Part.ignored
    private var value: [UInt8] = []
    /// Bytes of the file that were not taken out yet.
    private var bytes: [UInt8] = []

    /// - Parameter names: the names of the fields that are kept; others are ignored.
    package init(fields names: Set<String>) { self.names = names }

    /// Takes out what has arrived of the file since the last call.
    package mutating func takeBytes() -> [UInt8] {
        defer { self.bytes = [] }
        return self.bytes
    }

    /// Whether nothing more of the body matters.
    package var isRefused: Bool { self.problem != nil }

    /// A part begins: the file, a field that is kept, or something else.
    ///
    /// - Parameter head: the lines of its header, without the empty line.
    /// - Throws: if the header breaks the grammar, or the part is encoded.
    package mutating func begin(_ head: [UInt8]) throws(MultipartProblem) {
        let fields = try PartFields(head.span)
        if fields.isEncoded("quoted-printable") || fields.isEncoded("base64") { throw .encodedField }
        self.part = .ignored
        self.value.removeAll(keepingCapacity: true)
        guard let form = try fields.form(), form.type.elementsEqual("form-data".utf8) else { return }
        guard !form.hasExtended("name") else { throw .encodedField }
        let name = String(decoding: form.parameter("name") ?? [], as: UTF8.self)
        // Some libraries send a name that is not ASCII in the extended form only.
        let file = form.parameter("filename") ?? form.parameter("filename*").map(Self.withoutCharset)
        if let file {
            guard name == "file" else { return self.problem = .misplacedFile }
            guard self.filename == nil else { return self.problem = .severalFiles }
            self.filename = Self.shown(file)
            self.part = .file
        } else if name == "file" {
            self.problem = .misplacedFile
        } else if self.names.contains(name) {
            guard self.fields[name] == nil else { return self.problem = .repeatedField }
            self.part = .field(name)
        }
    }

    /// The next bytes of the part.
    package mutating func take(_ bytes: Span<UInt8>) {
        switch self.part {
        case .ignored: break
        case .file: bytes.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
        case .field:
            guard self.value.count + bytes.count <= Self.maxValueBytes else { return self.problem = .badValue }
            bytes.withUnsafeBufferPointer { self.value.append(contentsOf: $0) }
        }
    }

    /// The part is whole.
    package mutating func end() {
        guard case .field(let name) = self.part else { return }
        guard let text = String(validating: self.value, as: UTF8.self) else { return self.problem = .badValue }
        self.fields[name] = text
    }

    /// The value of an extended parameter (RFC 8187) behind its character set and language, still encoded.
    private static func withoutCharset(_ value: [UInt8]) -> [UInt8] {
        guard let quote = value.lastIndex(of: UInt8(ascii: "'")) else { return value }
        return Array(value[(quote + 1)...])
    }

    private static func shown(_ bytes: [UInt8]) -> String {
        var name = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: continue
            default: break
            }
            guard name.utf8.count + UTF8.width(scalar) <= Self.maxFilenameBytes else { break }
            name.unicodeScalars.append(scalar)
        }
        return name.isEmpty ? "upload" : name
    }
}

extension UploadForm.Problem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .severalFiles: "the form has more than one file; it must have one, in the part \"file\""
        case .misplacedFile: "the form must have its file in the part \"file\", with a filename"
        case .repeatedField: "the form has a field twice; each may be there once"
        case .badValue: "a field of the form is too long or not UTF-8; it may have \(UploadForm.maxValueBytes) bytes"
        }
    }
}
