// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a multipart body cannot be read.
///
/// `description` is one line for the client: what is wrong and what would be right. It never repeats bytes of the request.
package enum MultipartProblem: Error, Equatable, Sendable {
    /// The `Content-Type` is not `multipart/form-data`, or no media type at all.
    case notMultipart
    /// The `Content-Type` has no usable `boundary`: missing, empty, or longer than 70 characters (RFC 2046 §5.1.1).
    case badBoundary
    /// Something other than blanks follows the boundary on its line.
    case badBoundaryLine
    /// The header of a part breaks the grammar, or its `Content-Disposition` does.
    case badPartHead
    /// The header of a part is longer than `MultipartLimits.maxPartHeadBytes`.
    case partHeadTooLarge
    /// There are more than `MultipartLimits.maxParts` parts.
    case tooManyParts
    /// A part is quoted-printable, or its name has an extended parameter such as `name*`.
    case encodedField
    /// The body ends before its closing boundary.
    case noClosingBoundary
}

extension MultipartProblem: CustomStringConvertible {
    package var description: String {
        switch self {
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
                + "\(MultipartLimits.maxPartHeadBytes) bytes"
        case .tooManyParts:
            "the multipart body has too many parts; there may be at most \(MultipartLimits.maxParts)"
        case .encodedField: "a part of the multipart body is quoted-printable or has an encoded name; it must be plain"
        case .noClosingBoundary: "the multipart body ends before its closing boundary; it must be sent whole"
        }
    }
}

/// The bounds of a multipart body (contract section 5).
package enum MultipartLimits {
    /// The longest header of a part in bytes, the empty line after it included: 16 KiB.
    package static let maxPartHeadBytes = 16_384
    /// The most parts of a body: 1,000, as in Go.
    package static let maxParts = 1000
}
