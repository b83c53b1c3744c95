// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockHTTP
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("An attempt to connect to a backend", .serialized)
struct BackendAttemptTests {
    /// Counts the calls of an attempt.
    private final class Exchange: BackendUser {
        let wantsPlainData = false
        var connected: [BackendConnection] = []
        var failures: [ErrorCause] = []

        func backendConnected(_ backend: BackendConnection) { self.connected.append(backend) }
        func connectFailed(_ failure: ErrorCause) { self.failures.append(failure) }
        func backendTookNothing(_ unsent: [ByteBuffer], isNew: Bool) {}
        func interimReply(_ head: borrowing MessageHead, _ bytes: ByteBuffer) {}
        func replyHead(_ head: borrowing MessageHead, _ bytes: ByteBuffer, framing: BodyFraming) {}
        func replyBytes(_ bytes: ByteBuffer) {}
        func replyBurstEnded() {}
        func replyEnded(isReusable: Bool) {}
        func backendLost(_ failure: ErrorCause) {}
        func backendWritabilityChanged() {}
    }

    private let exchange = Exchange()

    @Test("It ends with a connection, in a later turn")
    func connects() throws {
        let world = try GatewayWorld()
        _ = world.context.backends.connectAnew(self.exchange, to: BackendIndex(0))
        #expect(self.exchange.connected.isEmpty)
        world.settle()
        #expect(self.exchange.connected.count == 1)
        #expect(world.backends.count == 1)
    }

    @Test("An abandoned attempt ends without a connection or a failure", arguments: ["127.0.0.1", "localhost"])
    func abandoned(_ host: String) throws {
        let world = try GatewayWorld(host: host)
        let attempt = world.context.backends.connectAnew(self.exchange, to: BackendIndex(0))
        attempt.abandon()
        // Another one after it has the same look-up, and ends after it.
        let other = Exchange()
        _ = world.context.backends.connectAnew(other, to: BackendIndex(0))
        while other.connected.isEmpty { world.loop.turn() }
        world.settle()
        #expect(self.exchange.connected.isEmpty && self.exchange.failures.isEmpty)
        // What the kernel had connected already is closed.
        #expect(world.backends.count(where: { $0.receiveText() != nil }) == 1)
    }

    @Test("A failed look-up is reported to those who have not given up")
    func unknownName() throws {
        let world = try GatewayWorld(host: "no-such-host.invalid")
        let given = world.context.backends.connectAnew(self.exchange, to: BackendIndex(0))
        let other = Exchange()
        _ = world.context.backends.connectAnew(other, to: BackendIndex(0))
        given.abandon()
        while other.failures.isEmpty { world.loop.turn() }
        #expect(self.exchange.failures.isEmpty)
        #expect(other.failures == [.backendUnreachable("the name no-such-host.invalid cannot be resolved")])
    }
}
