// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockConfiguration
import PaddockStore
import PaddockTesting
import Synchronization
import Testing

@testable import PaddockServer

@Suite("Taking back what was set at run time")
struct UnsetTests {
    @Test("The clients that operators made stay in the configuration")
    func clients() async throws {
        var configuration = Configuration()
        configuration.port = 0
        configuration.eventLoops = .count(1)
        configuration.accessLog = .off
        configuration.logLevel = .error
        // Nothing listens on the port of discard.
        configuration.backends = [DeclaredBackend(try BackendURL("http://127.0.0.1:9"))]
        let server = try await PaddockServer.start(configuration, store: try Store(inMemoryBecause: "of the test")) {
            nil
        }
        let change = try ClientChange("add", body: Array(#"{"name":"alice"}"#.utf8), now: 0)
        await withCheckedContinuation { done in server.keys.perform(change) { _ in done.resume() } }
        for key in [OperatorKey.queueLimit("llama2"), .logLevel] {
            server.operatorSettings.set([(key, key == .logLevel ? "warning" : "7")]) {}
            #expect(await server.operatorSettings.unset(key))
            #expect(server.settings.withLock { $0.configuration.clients.map(\.name) } == ["alice"])
        }
        await server.shutDown()
    }
}
