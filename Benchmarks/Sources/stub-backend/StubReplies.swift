// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport

/// The bytes that the stub sends, made once.
struct StubReplies {
    let reply: [UInt8]
    let replyHead: [UInt8]
    let streamHead: [UInt8]
    let streamEnd: [UInt8]
    /// One line in a chunk of its own; its time is stamped in before each write.
    private(set) var line: [UInt8]
    /// Where in ``line`` the line itself begins, behind the size of its chunk.
    private let lineOffset: Int

    init() {
        // A date as Ollama sends one, so that no proxy has to make it up; nobody reads it.
        let date = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        let body =
            #"{"model":"llama2","created_at":"2026-01-01T00:00:00.000000000Z","response":"Hello from the stub.","#
            + #""done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":5}"#
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n\(date)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
        self.replyHead = Array(head.utf8)
        self.reply = Array((head + body).utf8)
        self.streamHead = Array(
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\(date)Transfer-Encoding: chunked\r\n\r\n".utf8
        )
        self.streamEnd = Array("0\r\n\r\n".utf8)
        let size = String(TimedLine.template.utf8.count, radix: 16) + "\r\n"
        self.lineOffset = size.utf8.count
        self.line = Array((size + TimedLine.template + "\r\n").utf8)
    }

    /// Hands out ``line`` with the present time in it.
    mutating func withStampedLine(_ body: (UnsafeRawBufferPointer) -> Void) {
        let offset = self.lineOffset
        self.line.withUnsafeMutableBytes { bytes in
            TimedLine.stamp(MonotonicClock.now(), into: UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]))
            body(UnsafeRawBufferPointer(bytes))
        }
    }
}
