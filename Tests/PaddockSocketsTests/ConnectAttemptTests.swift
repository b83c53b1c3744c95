// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import CSockets
import NIOCore
import Testing

@testable import PaddockSockets

@Suite("Making and taking connections")
struct ConnectAttemptTests {
    private final class Seen {
        var accepted: [(descriptor: Int32, peer: SocketAddress?)] = []
        var result: Result<Connection, ConnectAttempt.Failure>?
    }

    private let seen = Seen()

    private func listen(_ loop: SocketLoop) throws -> ListeningSocket {
        try ListeningSocket(
            [SocketAddress(ipAddress: "127.0.0.1", port: 0)],
            on: loop,
            accepted: { self.seen.accepted.append(($0, $1)) },
            failed: { Issue.record("cannot accept: \($0)") }
        )
    }

    /// A port that nobody listens on.
    private func deadAddress(_ loop: SocketLoop) throws -> SocketAddress {
        let socket = try self.listen(loop)
        socket.close()
        return socket.address
    }

    private func connect(_ loop: SocketLoop, to addresses: [SocketAddress], within limit: TimeAmount = .seconds(60)) {
        ConnectAttempt.begin(addresses, within: limit, on: loop) { self.seen.result = $0 }
    }

    @Test("A connection leads to who listens, who knows where it comes from")
    func connects() throws {
        let loop = try SocketLoop.manual()
        let socket = try self.listen(loop)
        self.connect(loop, to: [socket.address])
        while self.seen.result == nil || self.seen.accepted.isEmpty { loop.turn() }
        let connection = try #require(try self.seen.result?.get())
        #expect(connection.remoteAddress == socket.address)
        let (descriptor, peer) = try #require(self.seen.accepted.first)
        #expect(peer?.ipAddress == "127.0.0.1")
        let journal = Journal()
        connection.delegate = Listener("it", journal)
        let other = Peer(descriptor)
        other.send("hi")
        while journal.lines.isEmpty { loop.turn() }
        #expect(journal.lines == ["it got 2"])
        connection.close()
        socket.close()
    }

    @Test("Where nobody listens, the connection is refused, in a later turn")
    func refused() throws {
        let loop = try SocketLoop.manual()
        try self.connect(loop, to: [self.deadAddress(loop)])
        #expect(self.seen.result == nil)
        while self.seen.result == nil { loop.turn() }
        #expect(throws: ConnectAttempt.Failure.self) { try self.seen.result?.get() }
        if case .failure(let failure) = self.seen.result { #expect("\(failure)" == "connection refused") }
    }

    /// `localhost` is often an address of IPv6 first, and Ollama listens on IPv4.
    @Test("The next address is tried where the first refuses")
    func next() throws {
        let loop = try SocketLoop.manual()
        let socket = try self.listen(loop)
        try self.connect(loop, to: [self.deadAddress(loop), socket.address])
        while self.seen.result == nil { loop.turn() }
        #expect(try self.seen.result?.get().remoteAddress == socket.address)
        socket.close()
    }

    @Test("Where nobody answers, it takes no longer than it may")
    func timesOut() throws {
        let loop = try SocketLoop.manual()
        // A socket whose queue is full answers nobody.
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        let silent = Peer(address.withSockAddr { socket, _ in paddock_socket(socket) })
        #expect(address.withSockAddr { paddock_bind(silent.descriptor, $0, socklen_t($1)) } == 0)
        #expect(paddock_listen(silent.descriptor, 0) == 0)
        let bound = try #require(SocketAddress(localOf: silent.descriptor))
        let fillers = (0..<3).map { _ in Peer(bound.withSockAddr { socket, _ in paddock_socket(socket) }) }
        for filler in fillers { _ = bound.withSockAddr { paddock_connect(filler.descriptor, $0, socklen_t($1)) } }
        self.connect(loop, to: [bound], within: .milliseconds(1))
        while self.seen.result == nil { loop.turn() }
        guard case .failure(.timedOut) = self.seen.result else {
            Issue.record("\(String(describing: self.seen.result))")
            return
        }
        withExtendedLifetime(fillers) {}
    }

    @Test("A port that is taken is not listened on")
    func taken() throws {
        let loop = try SocketLoop.manual()
        let socket = try self.listen(loop)
        let error = #expect(throws: IOError.self) {
            try ListeningSocket([socket.address], on: loop, accepted: { _, _ in }, failed: { _ in })
        }
        #expect(error?.errnoCode == Int32(paddock_address_in_use))
        socket.close()
    }

    @Test("A name is looked up, and one that there is not is said to be none")
    func names() async throws {
        let loop = try SocketLoop.start(name: "test")
        let addresses = try await HostAddresses.lookUp("localhost", port: 11_434, on: loop).get()
        #expect(addresses.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
        #expect(addresses.allSatisfy { $0.port == 11_434 })
        await #expect(throws: UnknownHost.self) {
            try await HostAddresses.lookUp("no-such-host.invalid", port: 1, on: loop).get()
        }
        await withCheckedContinuation { continuation in loop.end { continuation.resume() } }
    }
}
