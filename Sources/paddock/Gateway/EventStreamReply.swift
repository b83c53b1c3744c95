// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import PaddockClient

/// Takes in server-sent events, and gives each to who waits for it.
struct EventStreamReply: ReplyReader {
    /// An event: its id, with which a client goes on behind it, and its data.
    typealias Event = (id: String, data: String)

    /// The longest event, in bytes.
    private static let limit = 1 << 20

    /// The reply, if its status is not 200.
    private(set) var error = WholeReply()
    /// Whether it is a stream of events: a Paddock that knows none answers with a list.
    private(set) var isStream = false
    private let onEvent: @Sendable (Event) -> Void
    private var id = ""
    private var isRefused = false
    private var line: [UInt8] = []

    /// - Parameter onEvent: called with each event.
    init(onEvent: @escaping @Sendable (Event) -> Void) { self.onEvent = onEvent }

    mutating func head(_ head: HTTPResponseHead, at time: Duration) {
        self.isRefused = head.status != .ok
        self.isStream = head.headers.first(name: "Content-Type")?.hasPrefix("text/event-stream") == true
        if self.isRefused { self.error.head(head, at: time) }
    }

    mutating func body(_ bytes: ByteBuffer, at time: Duration) throws(HTTPFailure) {
        if self.isRefused { return try self.error.body(bytes, at: time) }
        guard self.isStream else { return }
        for byte in bytes.readableBytesView {
            if byte != UInt8(ascii: "\n") {
                guard self.line.count < Self.limit else { throw .tooLarge }
                self.line.append(byte)
                continue
            }
            let text = String(decoding: self.line, as: UTF8.self)
            self.line.removeAll(keepingCapacity: true)
            if text.hasPrefix("id: ") { self.id = String(text.dropFirst("id: ".count)) }
            if text.hasPrefix("data: ") { self.onEvent((self.id, String(text.dropFirst("data: ".count)))) }
        }
    }

    mutating func end(at time: Duration) {}
}
