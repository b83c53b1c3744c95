// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The type and range of a key's values, and the words for what would be right.
enum ValueKind: Equatable {
    /// An IP address or a host name.
    case host
    /// A whole number of a range.
    case integer(ClosedRange<Int>)
    /// `auto`, or a whole number of a range.
    case autoOrInteger(ClosedRange<Int>)
    /// A span of time.
    case duration
    /// A size in bytes.
    case byteCount
    /// A secret.
    case token
    /// A list of backends.
    case backends
    /// A map from model names to limits.
    case models

    /// What would be right, to follow "give".
    var wanted: String {
        switch self {
        case .host:
            "an IP address or a host name such as 127.0.0.1 or localhost"
        case .integer(let range):
            "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .autoOrInteger(let range):
            "auto or an integer from \(range.lowerBound) to \(range.upperBound)"
        case .duration:
            "seconds such as 300 or 0.5, or a duration such as 30s, 5m or 2h, more than 0 and at most 8760h"
        case .byteCount:
            "bytes from 1 to \(ByteCountText.range.upperBound), or a size such as 512KB, 100MiB or 1GiB"
        case .token:
            "1 to \(AdminToken.maximumLength) printable ASCII characters without blanks"
        case .backends:
            "a list of addresses such as http://127.0.0.1:11434"
        case .models:
            "a map from model names to parallel_limit and queue_limit"
        }
    }
}
