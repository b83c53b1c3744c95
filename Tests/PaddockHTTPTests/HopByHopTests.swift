// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("Fields of one connection")
struct HopByHopTests {
    /// The names of the fields that are not forwarded.
    private static func dropped(_ fields: String) throws -> [String] {
        let bytes = Array("GET / HTTP/1.1\r\n\(fields)\r\n\r\n".utf8)
        var scanner = HeadScanner()
        let length = try #require(try scanner.scan(bytes.span))
        var head = MessageHead()
        try head.readRequest(bytes.span, length: length)
        return head.fields.filter { head.isHopByHop($0, bytes.span) }.map { bytes.span.text($0.name) }
    }

    @Test(
        "These fields concern one connection, however they are written",
        arguments: ["Connection", "keep-alive", "Proxy-Connection", "TE", "TRANSFER-ENCODING", "upgrade"]
    )
    func known(name: String) throws { #expect(try Self.dropped("\(name): x\r\nA: b") == [name]) }

    @Test(
        "These are forwarded",
        arguments: [
            "Host", "Content-Length", "Content-Type", "Authorization", "Date", "Expect", "Origin", "X-Request-Id",
            "Connections", "T", "TEE", "Trailer", "Upgrade-Insecure-Requests", "Transfer-Encodings",
        ]
    )
    func others(name: String) throws { #expect(try Self.dropped("\(name): x").isEmpty) }

    @Test(
        "What Connection names is dropped with it, but never what says where the message ends or goes",
        arguments: [
            ("Connection: x-a\r\nX-A: 1\r\nX-AB: 2", ["Connection", "X-A"]),
            ("X-A: 1\r\nX-B: 2\r\nConnection: close, X-B ,\tx-a", ["X-A", "X-B", "Connection"]),
            ("Connection: x-a\r\nConnection: x-b\r\nX-B: 1", ["Connection", "Connection", "X-B"]),
            ("Connection: content-length, host\r\nHost: a\r\nContent-Length: 1", ["Connection"]),
            ("Connection: x\r\nX-A: 1", ["Connection"]), ("Connection: \r\nX: 1", ["Connection"]),
        ]
    )
    func named(fields: String, names: [String]) throws { #expect(try Self.dropped(fields) == names) }
}
