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

    /// The body breaks the rules of multipart bodies.
    case multipart(MultipartProblem)

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
        case .multipart(let problem): problem.description
        case .missing: "there is no \"model\"; the request must name one, such as \"llama2\""
        case .empty: "\"model\" is empty; it must name a model, such as \"llama2\""
        case .tooLong: "\"model\" is too long; it must have at most \(ModelField.maxBytes) bytes"
        case .notUTF8: "\"model\" is not UTF-8; it must be plain text, such as \"llama2\""
        }
    }
}
