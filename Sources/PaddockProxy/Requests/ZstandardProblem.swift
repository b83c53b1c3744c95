// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a body could not be decompressed.
///
/// `description` is one line fit for the client: what is wrong and what would be right.
package enum ZstandardProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are not a Zstandard frame, or are damaged.
    case malformed
    /// A frame wants a window of more than 8 MiB.
    case windowTooLarge
    /// More than `ZstandardDecoder.maxUnpackedBytes` come out.
    case tooLarge
    /// The body ends inside a frame, or there is none in it.
    case incomplete

    package var description: String {
        switch self {
        case .malformed: "the body is not Zstandard, as Content-Encoding says: correct one of them"
        case .windowTooLarge: "the body is compressed with a window of more than 8 MiB: use level 19 or lower"
        case .tooLarge: "the decompressed body has more than \(ZstandardDecoder.maxUnpackedBytes) bytes: send less"
        case .incomplete: "the body ends inside a Zstandard frame: send it whole"
        }
    }
}
