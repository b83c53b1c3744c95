// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// The formats in which replies are streamed.
package enum StreamFormat: Equatable, Sendable {
    /// `application/x-ndjson`: one JSON value a line.
    case ndjson
    /// `text/event-stream`.
    case serverSentEvents

    /// The same, for whoever looks for the end of the stream.
    var finalEvent: FinalEventScanner.Format {
        switch self {
        case .ndjson: .ndjson
        case .serverSentEvents: .serverSentEvents
        }
    }

    /// The format that a `Content-Type` names, or nil where the reply is not a stream.
    init?(_ bytes: Span<UInt8>, contentType: ByteRange) {
        var end = contentType.lowerBound
        while end < contentType.upperBound, bytes[end] != UInt8(ascii: ";") { end += 1 }
        let type = bytes.trimmed(ByteRange(start: contentType.lowerBound, end: end))
        if bytes.matches(type, "application/x-ndjson") {
            self = .ndjson
        } else if bytes.matches(type, "text/event-stream") {
            self = .serverSentEvents
        } else {
            return nil
        }
    }
}
