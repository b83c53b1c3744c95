// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport

/// What the load client shall do.
struct LoadPlan {
    let port: UInt16
    /// The bytes of the one request that is sent again and again.
    let request: [UInt8]
    let connections: Int
    /// Requests in all; nil: as many as fit into ``measured``.
    let requests: Int?
    /// Nanoseconds before the figures count.
    let warmUp: Int64
    /// Nanoseconds during which the figures count.
    let measured: Int64
    /// Nanoseconds over which the first requests of the connections are spread, so that they do not all begin at once.
    let stagger: Int64
    /// True: send one request on each connection and wait until standard input ends.
    let hold: Bool

    static let names: Set<String> = [
        "port", "path", "body", "connections", "requests", "warmup", "seconds", "stagger",
    ]
    static let switches: Set<String> = ["hold"]

    init(_ options: ToolOptions) throws {
        self.port = try options.number("port", default: 8080)
        let path = options.text("path", default: "/api/generate")
        let body = options.text(
            "body",
            default: #"{"model":"llama2","prompt":"Why is the sky blue? Answer in one sentence.","stream":true}"#
        )
        self.request = Array(
            """
            POST \(path) HTTP/1.1\r
            Host: 127.0.0.1:\(self.port)\r
            User-Agent: load-client\r
            Accept: */*\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8
        )
        self.connections = try options.number("connections", default: 64)
        let requests = try options.number("requests", default: 0)
        self.requests = requests > 0 ? requests : nil
        self.warmUp = Self.nanoseconds(try options.number("warmup", default: 0.5))
        self.measured = Self.nanoseconds(try options.number("seconds", default: 3))
        self.stagger = Self.nanoseconds(try options.number("stagger", default: 0))
        self.hold = options.has("hold")
    }

    private static func nanoseconds(_ seconds: Double) -> Int64 {
        Int64(seconds * 1_000_000_000)
    }
}
