// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// What a head says, as text that can be compared.
struct HeadOutline: Equatable {
    var length: Int
    var startLine: [String]
    var minorVersion: Int
    var fields: [String]
    var framing: BodyFraming
    var keepsConnection: Bool

    /// Reads a request whose bytes arrive in pieces that end at `cuts`.
    static func request(_ text: String, cuts: [Int] = []) throws -> HeadOutline? {
        try self.read(Array(text.utf8), cuts: cuts) { head, bytes, length in
            try head.readRequest(bytes, length: length)
            return try head.requestFraming(bytes)
        }
    }

    /// Reads a reply whose bytes arrive in pieces that end at `cuts`.
    static func reply(_ text: String, isReplyToHead: Bool = false, cuts: [Int] = []) throws -> HeadOutline? {
        try self.read(Array(text.utf8), cuts: cuts) { head, bytes, length in
            try head.readReply(bytes, length: length)
            return try head.replyFraming(bytes, isReplyToHead: isReplyToHead)
        }
    }

    private static func read(
        _ bytes: [UInt8],
        cuts: [Int],
        _ parse: (inout MessageHead, Span<UInt8>, Int) throws -> BodyFraming
    ) throws -> HeadOutline? {
        var scanner = HeadScanner()
        for end in cuts + [bytes.count] {
            let received = Array(bytes[..<end])
            guard let length = try scanner.scan(received.span) else { continue }
            var head = MessageHead()
            let framing = try parse(&head, received.span, length)
            let startLine = [head.method, head.target, head.statusText].map { received.span.text($0) }
            let fields = head.fields.map { "\(received.span.text($0.name))=\(received.span.text($0.value))" }
            return HeadOutline(
                length: length,
                startLine: startLine + ["\(head.status)"],
                minorVersion: head.minorVersion,
                fields: fields,
                framing: framing,
                keepsConnection: head.keepsConnection
            )
        }
        return nil
    }
}
