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
        return head.fields.filter { $0.isHopByHop }.map { bytes.span.text($0.name) }
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
        "Fields that Connection names are dropped with it, but never those about the framing or the target",
        arguments: [
            ("Connection: x-a\r\nX-A: 1\r\nX-AB: 2", ["Connection", "X-A"]),
            ("X-A: 1\r\nX-B: 2\r\nConnection: close, X-B ,\tx-a", ["X-A", "X-B", "Connection"]),
            ("Connection: x-a\r\nConnection: x-b\r\nX-B: 1", ["Connection", "Connection", "X-B"]),
            ("Connection: content-length, host\r\nHost: a\r\nContent-Length: 1", ["Connection"]),
            ("Connection: x\r\nX-A: 1", ["Connection"]), ("Connection: \r\nX: 1", ["Connection"]),
        ]
    )
    func named(fields: String, names: [String]) throws { #expect(try Self.dropped(fields) == names) }

    @Test("Each of many options drops its field, whatever their order and case, and no other")
    func many() throws {
        let options = (0..<64).map { "x-\($0 * 37 % 64)" + ($0 % 3 == 0 ? "-long" : "") }
        let fields = options.map { "\($0.uppercased()): 1\r\n\($0)x: 2\r\n" }.joined()
        let dropped = try Self.dropped("\(fields)Connection: close, \(options.joined(separator: " ,"))")
        #expect(dropped == options.map { $0.uppercased() } + ["Connection"])
    }

    @Test(
        "Connection has at most 64 options and 4 KiB, close and keep-alive not counted",
        arguments: [
            (Array(repeating: "x", count: 64), true), (Array(repeating: "x", count: 65), false),
            (Array(repeating: "close", count: 600), true), ([String(repeating: "x", count: 4096)], true),
            ([String(repeating: "x", count: 4097)], false), (Array(repeating: "", count: 4097), true),
            (Array(repeating: "", count: 4098), false),
        ]
    )
    func bounds(options: [String], isAccepted: Bool) throws {
        let value = options.joined(separator: ",")
        #expect((try? Self.dropped("Connection: \(value)")) == (isAccepted ? ["Connection"] : nil))
        // The same over several fields.
        let half = options.count / 2
        guard half > 0, value.utf8.count < 4000 else { return }
        let (first, rest) = (options[..<half].joined(separator: ","), options[half...].joined(separator: ","))
        let names = try? Self.dropped("Connection: \(first)\r\nConnection: \(rest)")
        #expect(names == (isAccepted ? ["Connection", "Connection"] : nil))
    }
}
