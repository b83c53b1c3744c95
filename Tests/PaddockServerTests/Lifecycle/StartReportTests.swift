// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockConfiguration
import PaddockProxy
import Testing

@testable import PaddockServer

@Suite("The report at the start")
struct StartReportTests {
    private static func addresses(_ texts: [String]) throws -> [SocketAddress] {
        try texts.map { try SocketAddress(ipAddress: $0, port: 8080) }
    }

    @Test(
        "All addresses of a name are listed, each only once",
        arguments: [
            ("localhost", ["127.0.0.1", "::1"], "http://localhost:8080 (127.0.0.1 and ::1)"),
            ("localhost", ["127.0.0.1"], "http://localhost:8080 (127.0.0.1)"),
            ("127.0.0.1", ["127.0.0.1"], "http://127.0.0.1:8080"), ("::1", ["::1"], "http://[::1]:8080"),
        ]
    )
    func address(host: String, addresses: [String], shown: String) throws {
        var configuration = Configuration()
        configuration.host = host
        let report = StartReport(
            configuration: configuration,
            addresses: try Self.addresses(addresses),
            backends: [],
            parallel: (1, nil),
            eventLoops: 1
        )
        #expect(report.text.split(separator: "\n")[0] == "Paddock \(PaddockVersion.text) listens on \(shown)")
    }

    @Test(
        "Addresses that only this machine can reach",
        arguments: [
            ("127.0.0.1", true), ("127.0.1.1", true), ("::1", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", false),
            ("::", false), ("192.168.1.20", false), ("::ffff:10.0.0.1", false),
        ]
    )
    func loopback(address: String, isLoopback: Bool) throws {
        #expect(try Self.addresses([address]).allSatisfy(\.isLoopback) == isLoopback)
    }
}
