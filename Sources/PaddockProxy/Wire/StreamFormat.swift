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

    /// The same, for finding the end of the stream.
    var finalEvent: FinalEventScanner.Format {
        switch self {
        case .ndjson: .ndjson
        case .serverSentEvents: .serverSentEvents
        }
    }

    /// The format that a `Content-Type` names, or nil if the reply is not a stream.
    init?(_ bytes: Span<UInt8>, contentType: ByteRange) {
        // The first letter is cheap, and the length rules out the usual whole reply, `application/json`.
        switch contentType.isEmpty ? 0 : bytes[contentType.lowerBound].asciiLowercased {
        case UInt8(ascii: "a") where Self.is("application/x-ndjson", contentType, bytes): self = .ndjson
        case UInt8(ascii: "t") where Self.is("text/event-stream", contentType, bytes): self = .serverSentEvents
        default: return nil
        }
    }

    /// Whether a value is a media type, with or without parameters.
    private static func `is`(_ type: StaticString, _ value: ByteRange, _ bytes: Span<UInt8>) -> Bool {
        let (start, end, valueEnd) = (value.lowerBound, value.lowerBound + type.utf8CodeUnitCount, value.upperBound)
        guard end <= valueEnd, bytes.matches(ByteRange(start: start, end: end), type) else { return false }
        return end == valueEnd || bytes[end] == UInt8(ascii: ";") || bytes[end] == .space || bytes[end] == .tab
    }
}
