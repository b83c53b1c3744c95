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
    /// One of a few words.
    case word([String])
    /// A list of backends.
    case backends
    /// A map from model names to limits.
    case models
    /// A map from client names to their keys, weights and classes.
    case clients
    /// One of two words.
    case flag(on: String, off: String)
    /// A list of addresses and blocks of them.
    case addressBlocks
    /// A list of names of header fields.
    case headerNames
    /// A list of paths.
    case routes
    /// A list of paths, each with or without a hyphen in front of it.
    case queuedRoutes
    /// A list of origins.
    case origins
    /// A number of percent.
    case percent(ClosedRange<Double>)
    /// A word, or a whole number of a range.
    case wordOrInteger(String, ClosedRange<Int>)
    /// A word, or a span of time.
    case wordOrDuration(String)
    /// The name of a file.
    case file

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
            "1 to \(Secret.maximumLength) printable ASCII characters without blanks"
        case .word(let words):
            words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        case .backends:
            "a list of addresses such as http://127.0.0.1:11434"
        case .models:
            "a map from model names to parallel_limit and queue_limit"
        case .clients:
            "a map from client names to key or key_sha256, weight and class"
        case .flag(let on, let off):
            "\(on) or \(off)"
        case .addressBlocks:
            "a list of addresses such as 127.0.0.1 or 10.0.0.0/8"
        case .headerNames:
            "a list of header names such as X-Forwarded-User"
        case .routes:
            "a list of paths such as /api/tags, in letters as they are compared"
        case .queuedRoutes:
            "a list of paths such as /v1/classify, or -/v1/audio/speech for one not to queue"
        case .origins:
            "a list of origins such as https://chat.example.com, http://10.0.0.5:* or *"
        case .percent(let range):
            "percent from \(Int(range.lowerBound)) to \(Int(range.upperBound)), such as 5 or 5%"
        case .wordOrInteger(let word, let range):
            "\(word) or an integer from \(range.lowerBound) to \(range.upperBound)"
        case .wordOrDuration(let word):
            "\(word), or seconds such as 10, or a duration such as 30s, more than 0 and at most 8760h"
        case .file:
            "the name of a file"
        }
    }
}
