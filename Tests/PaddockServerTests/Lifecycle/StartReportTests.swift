// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockConfiguration
import PaddockProxy
import PaddockTesting
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
            resolved: Resolved(parallel: 1, memory: nil, eventLoops: 1)
        )
        #expect(report.text.split(separator: "\n")[0] == "Paddock \(PaddockVersion.text) listens on \(shown)")
    }

    @Test("Each number says where it comes from")
    func origins() throws {
        var configuration = Configuration()
        var model = DeclaredModel(model: "llama2")
        model.queueLimit = 7
        configuration.models = [model]
        configuration.eventLoops = .count(3)
        let resolved = Resolved(
            parallel: 4,
            memory: MemoryReading(totalBytes: 32 << 30, availableBytes: 20 << 30),
            eventLoops: 3
        )
        func lines(_ configuration: Configuration) throws -> [Substring] {
            let report = StartReport(
                configuration: configuration,
                origins: ValueOrigins([
                    "event_loops": "by --event-loops", "models.llama2.queue_limit": "set at run time",
                    "ollama_num_parallel": "demo",
                ]),
                addresses: try Self.addresses(["127.0.0.1"]),
                backends: [],
                resolved: resolved,
                further: ["  state     /tmp/paddock"]
            )
            return Array(report.text.split(separator: "\n").dropFirst())
        }
        #expect(
            try lines(configuration) == [
                "  parallel  4 at once per model and backend (auto: 4 by 20.0 GiB available)",
                "            llama2: queue 7 (set at run time)", "  queue     512 waiting per model (default)",
                "  timeout   300 s (default)", "  dashboard http://127.0.0.1:8080/dashboard",
                "  admin     clients on this machine",
                "  loops     3 (by --event-loops)",
                "  state     /tmp/paddock",
            ]
        )
        configuration.parallelLimit = .count(4)
        #expect(try lines(configuration)[0] == "  parallel  4 at once per model and backend (demo)")
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
