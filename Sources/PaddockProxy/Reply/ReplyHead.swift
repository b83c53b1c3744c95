// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

/// The fields that Paddock adds to the head of a reply (contract section 8).
struct ReplyAdditions {
    /// How long it waited for its slot; nil if it has none.
    @Compact var queueWait: Nanoseconds? = nil
    /// Its position at its arrival, 0 if a slot was free; nil if it was not queued.
    @Compact var position: Int? = nil

    /// What it waited for when it arrived; nil if a slot was free or it was not queued.
    var reason: WaitReason.Kind?

    /// It is known where it was at its arrival.
    mutating func note(_ place: QueuePlace) { (self.position, self.reason) = (place.position, place.reason) }

    /// Lines about the quota of its client, each with its line break; empty if it has none.
    var quotaLines = ""

    /// What the fields take at most beyond an id, with the version, a date and numbers.
    var maxBytes: Int { Self.maxBytesWithoutQuota + self.quotaLines.utf8.count }

    private static let maxBytesWithoutQuota = 480
}

/// How a reply is framed, as far as its client is concerned.
struct ReplyFraming {
    /// Whether the client sees the end of the reply only by the close.
    var endsAtClose = false
    /// Whether the connection ends after the reply.
    var closes = false
}

extension HeadWriter {
    mutating func writeVersion(_ facts: RequestFacts) {
        if facts.speaksHTTP10 { self.write("HTTP/1.0 ") } else { self.write("HTTP/1.1 ") }
    }

    /// Writes the fields that Paddock adds to every reply, those about the connection, and the empty line.
    mutating func writeEnd(_ facts: RequestFacts, _ additions: ReplyAdditions, closes: Bool) {
        if !additions.quotaLines.isEmpty { self.write(text: additions.quotaLines) }
        self.write("X-Request-Id: ")
        self.write(text: facts.id)
        if let wait = additions.queueWait {
            self.write("\r\nX-Queue-Wait-Ms: ")
            self.write(decimal: Int(wait.count / 1_000_000))
        }
        if let position = additions.position {
            self.write("\r\nX-Queue-Position: ")
            self.write(decimal: position)
        }
        if let reason = additions.reason {
            self.write("\r\nX-Queue-Reason: ")
            self.write(reason.text)
        }
        if closes {
            self.write("\r\nConnection: close\r\n\r\n")
        } else if facts.speaksHTTP10 {
            self.write("\r\nConnection: keep-alive\r\n\r\n")
        } else {
            self.write("\r\n\r\n")
        }
    }
}

extension WaitReason.Kind {
    /// The value of `X-Queue-Reason`.
    fileprivate var text: StaticString {
        switch self {
        case .slot: "slot"
        case .swap: "swap"
        case .load: "load"
        case .turn: "turn"
        case .refused: "refused"
        case .limit: "limit"
        case .paused: "paused"
        }
    }
}

/// The reason phrases of the statuses that Paddock answers itself.
enum ReasonPhrase {
    static func text(_ status: Int) -> StaticString {
        switch status {
        case 200: "OK"
        case 204: "No Content"
        case 304: "Not Modified"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 507: "Insufficient Storage"
        default: "Error"
        }
    }
}
