// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// The last line of a stream that could not be finished, in the stream's own format (contract section 4).
enum StreamErrorTail {
    /// The bytes that go after what was relayed.
    ///
    /// - Parameters:
    ///   - format: the format of the stream.
    ///   - dialect: the dialect of its route.
    ///   - body: what went wrong, as one line of JSON.
    ///   - lastBytes: how the stream ended so far; a line or an event that is not finished is ended first.
    /// - Returns: the bytes, not framed.
    static func bytes(
        format: StreamFormat,
        dialect: Dialect,
        body: String,
        lastBytes: (UInt8, UInt8)
    ) -> [UInt8] {
        let atLineStart = lastBytes.1 == .lineFeed
        switch format {
        case .ndjson:
            return Array(((atLineStart ? "" : "\n") + body + "\n").utf8)
        case .serverSentEvents:
            let atEventStart = atLineStart && lastBytes.0 == .lineFeed
            let separator = atEventStart ? "" : atLineStart ? "\n" : "\n\n"
            let event = dialect == .anthropic ? "event: error\n" : ""
            return Array((separator + event + "data: " + body + "\n\n").utf8)
        }
    }
}
