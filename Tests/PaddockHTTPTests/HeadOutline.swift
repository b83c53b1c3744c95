// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// The meaning of a head, as text that can be compared.
struct HeadOutline: Equatable {
    var length: Int
    var startLine: [String]
    var minorVersion: Int
    var fields: [String]
    /// What the fields mean, and where their lines end.
    var marks: [String]
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

    /// Reads a request as a usual one, in one pass; nil if it is none.
    static func usualRequest(_ text: String) throws -> HeadOutline? {
        let bytes = Array(text.utf8)
        var head = MessageHead()
        guard let length = head.readUsualRequest(bytes.span) else { return nil }
        return HeadOutline(head, bytes.span, length, try head.requestFraming(bytes.span))
    }

    /// Reads a reply as a usual one, in one pass; nil if it is none.
    static func usualReply(_ text: String) throws -> HeadOutline? {
        let bytes = Array(text.utf8)
        var head = MessageHead()
        guard let length = head.readUsualReply(bytes.span) else { return nil }
        return HeadOutline(head, bytes.span, length, try head.replyFraming(bytes.span, isReplyToHead: false))
    }

    private init(_ head: borrowing MessageHead, _ bytes: Span<UInt8>, _ length: Int, _ framing: BodyFraming) {
        self.length = length
        self.startLine = [head.method, head.target, head.statusText].map { bytes.text($0) } + ["\(head.status)"]
        self.minorVersion = head.minorVersion
        self.fields = head.fields.map { "\(bytes.text($0.name))=\(bytes.text($0.value))" }
        self.marks = head.fields.map { "\($0.kind) \($0.isHopByHop) \($0.lineEnd)" }
        self.framing = framing
        self.keepsConnection = head.keepsConnection
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
            return HeadOutline(head, received.span, length, framing)
        }
        return nil
    }
}
