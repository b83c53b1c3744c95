// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a request names no model.
///
/// `description` is one line fit for the client: what is wrong and what would be right. It never repeats bytes of the
/// request.
package enum ModelFieldProblem: Error, Equatable, Sendable {
    // MARK: - JSON

    /// There is no body, or nothing but white space.
    case emptyBody
    /// The byte at this offset is not allowed there in JSON (RFC 8259).
    case malformed(offset: Int, expected: JSONExpectation)
    /// The body ends inside the object; the number is its length in bytes.
    case incomplete(bytes: Int)
    /// The body is JSON of another kind.
    case notAnObject(JSONKind)
    /// Something other than white space follows the object, at this offset.
    case moreBehindTheObject(offset: Int)
    /// Objects and arrays are nested deeper than `JSONModelScanner.maxDepth`.
    case tooDeep
    /// `model` is there and is not a string.
    case notAString(JSONKind)
    /// `model` is there and is null, never a string.
    case null

    // MARK: - Multipart

    /// The `Content-Type` is not `multipart/form-data`, or no media type at all.
    case notMultipart
    /// The `Content-Type` has no usable `boundary`: missing, empty, or longer than 70 characters (RFC 2046 §5.1.1).
    case badBoundary
    /// Something other than blanks follows the boundary on its line.
    case badBoundaryLine
    /// The header of a part breaks the grammar, or its `Content-Disposition` does.
    case badPartHead
    /// The header of a part is longer than `MultipartModelScanner.maxPartHeadBytes`.
    case partHeadTooLarge
    /// There are more than `MultipartModelScanner.maxParts` parts.
    case tooManyParts
    /// A part is quoted-printable, or its name or that of a `model` has an extended parameter such as `filename*`.
    case encodedField
    /// The body ends before its closing boundary.
    case noClosingBoundary

    // MARK: - Both

    /// There is no `model`.
    case missing
    /// `model` is the empty string.
    case empty
    /// `model` is longer than `ModelField.maxBytes`.
    case tooLong
    /// The field or parameter `model` is not UTF-8.
    case notUTF8
}

extension ModelFieldProblem {
    /// Whether the body is as it should be, but for a model.
    package var isNoModel: Bool { self == .missing || self == .null || self == .empty }
}

extension ModelFieldProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .emptyBody: "the body is empty; it must be a JSON object with a \"model\""
        case .malformed(let offset, let expected): "the body is not JSON: at offset \(offset), expected \(expected)"
        case .incomplete(let bytes):
            "the body ends inside its JSON object, after \(bytes) bytes; it must be one whole JSON object"
        case .notAnObject(let kind): "the body is a JSON \(kind); it must be a JSON object with a \"model\""
        case .moreBehindTheObject(let offset):
            "the body continues after its JSON object, at offset \(offset); it must be exactly one JSON object"
        case .tooDeep: "the body is nested too deeply; at most \(JSONModelScanner.maxDepth) levels are read"
        case .notAString(let kind): "\"model\" is a JSON \(kind); it must be a string, such as \"llama2\""
        case .null: "\"model\" is null; it must be a string, such as \"llama2\""
        case .notMultipart:
            "the Content-Type must be multipart/form-data with a boundary and at most "
                + "\(MediaType.maxParameters) parameters"
        case .badBoundary: "the boundary in the Content-Type must have 1 to 70 characters"
        case .badBoundaryLine: "the multipart body has text after a boundary; the line must end there"
        case .badPartHead:
            "a part of the multipart body has a malformed header; it must be lines such as "
                + "Content-Disposition: form-data; name=\"model\", with at most \(MediaType.maxParameters) parameters"
        case .partHeadTooLarge:
            "a part of the multipart body has too long a header; it must have at most "
                + "\(MultipartModelScanner.maxPartHeadBytes) bytes"
        case .tooManyParts:
            "the multipart body has too many parts; there may be at most \(MultipartModelScanner.maxParts)"
        case .encodedField: "a part of the multipart body is quoted-printable or has an encoded name; it must be plain"
        case .noClosingBoundary: "the multipart body ends before its closing boundary; it must be sent whole"
        case .missing: "there is no \"model\"; the request must name one, such as \"llama2\""
        case .empty: "\"model\" is empty; it must name a model, such as \"llama2\""
        case .tooLong: "\"model\" is too long; it must have at most \(ModelField.maxBytes) bytes"
        case .notUTF8: "\"model\" is not UTF-8; it must be plain text, such as \"llama2\""
        }
    }
}
