// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import CSockets
import NIOCore
import PaddockTesting
import Testing

@testable import PaddockSockets

@Suite("Making and taking connections")
struct ConnectAttemptTests {
    private final class Seen {
        var accepted: [(descriptor: Int32, peer: SocketAddress?)] = []
        var result: Result<Connection, ConnectAttempt.Failure>?

        func accept(_ socket: consuming ConnectedSocket) {
            let peer = socket.peer
            self.accepted.append((socket.take(), peer))
        }
    }

    private let seen = Seen()

    private func listen(_ loop: SocketLoop) throws -> ListeningSocket {
        try ListeningSocket(
            [SocketAddress(ipAddress: "127.0.0.1", port: 0)],
            on: loop,
            accepted: { self.seen.accept($0) },
            failed: { Issue.record("cannot accept: \($0)") }
        )
    }

    /// A port without a listener.
    private func deadAddress(_ loop: SocketLoop) throws -> SocketAddress {
        let socket = try self.listen(loop)
        socket.close()
        return socket.address
    }

    private func connect(_ loop: SocketLoop, to addresses: [SocketAddress], within limit: TimeAmount = .seconds(60)) {
        ConnectAttempt.begin(addresses, within: limit, on: loop) { self.seen.result = $0 }
    }

    @Test("A connection reaches the listener, which knows its address")
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

    @Test("Without a listener the connection is refused, in a later turn")
    func refused() throws {
        let loop = try SocketLoop.manual()
        try self.connect(loop, to: [self.deadAddress(loop)])
        #expect(self.seen.result == nil)
        while self.seen.result == nil { loop.turn() }
        #expect(throws: ConnectAttempt.Failure.self) { try self.seen.result?.get() }
        if case .failure(let failure) = self.seen.result { #expect("\(failure)" == "connection refused") }
    }

    /// `localhost` is often an address of IPv6 first, and Ollama listens on IPv4.
    @Test("The next address is tried if the first refuses")
    func next() throws {
        let loop = try SocketLoop.manual()
        let socket = try self.listen(loop)
        try self.connect(loop, to: [self.deadAddress(loop), socket.address])
        while self.seen.result == nil { loop.turn() }
        #expect(try self.seen.result?.get().remoteAddress == socket.address)
        socket.close()
    }

    @Test("Without an answer it ends at its time limit")
    func timesOut() throws {
        let loop = try SocketLoop.manual()
        // A socket whose queue is full does not answer.
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
            try ListeningSocket([socket.address], on: loop, accepted: { _ in }, failed: { _ in })
        }
        #expect(error?.errnoCode == Int32(paddock_address_in_use))
        socket.close()
    }

    /// Another address of this machine.
    #if os(Linux)
    private static let second = "127.0.0.2"
    #else
    private static let second = "::1"
    #endif

    private func listen(_ loop: SocketLoop, _ addresses: [(String, Int)]) throws -> ListeningSocket {
        try ListeningSocket(
            addresses.map { try SocketAddress(ipAddress: $0.0, port: $0.1) },
            on: loop,
            accepted: { self.seen.accept($0) },
            failed: { Issue.record("cannot accept: \($0)") }
        )
    }

    @Test("All addresses of a name are listened on, on one port, those that this machine does not have aside")
    func several() throws {
        let loop = try SocketLoop.manual()
        // Of a network for documentation (RFC 5737), and of one link but without its interface.
        let socket = try self.listen(loop, [("127.0.0.1", 0), (Self.second, 0), ("192.0.2.1", 0), ("fe80::1", 0)])
        #expect(socket.addresses.map(\.ipAddress) == ["127.0.0.1", Self.second])
        #expect(Set(socket.addresses.map(\.port)).count == 1 && socket.address.port != 0)
        for address in socket.addresses {
            self.seen.result = nil
            self.seen.accepted = []
            self.connect(loop, to: [address])
            while self.seen.result == nil || self.seen.accepted.isEmpty { loop.turn() }
            #expect(try self.seen.result?.get().remoteAddress == address)
            _ = self.seen.accepted.map { Peer($0.descriptor) }
        }
        socket.close()
        #expect(throws: IOError.self) { try self.listen(loop, [("192.0.2.1", 0)]) }
    }

    @Test("A port that is taken on one of the addresses is listened on at none")
    func takenOnOne() throws {
        let loop = try SocketLoop.manual()
        let other = try self.listen(loop, [(Self.second, 0)])
        let port = try #require(other.address.port)
        let error = #expect(throws: IOError.self) { try self.listen(loop, [("127.0.0.1", port), (Self.second, port)]) }
        #expect(error?.errnoCode == Int32(paddock_address_in_use))
        // What was listened on already is free again.
        try self.listen(loop, [("127.0.0.1", port)]).close()
        other.close()
    }

    @Test("An address of one link goes with its interface, and one that there is not is named")
    func zones() async throws {
        let loop = try SocketLoop.start(name: "test")
        #if os(Linux)
        let found = try await HostAddresses.lookUp("fe80::1%lo", port: 1, on: loop).get()
        guard case .v6(let address)? = found.first else { throw UnknownHost(host: "fe80::1%lo") }
        // The offset of the interface; the loopback interface is the first.
        #expect(withUnsafeBytes(of: address.address) { $0.load(fromByteOffset: 24, as: UInt32.self) } == 1)
        #endif
        let error = await #expect(throws: UnknownHost.self) {
            try await HostAddresses.lookUp("fe80::1%nosuch0", port: 1, on: loop).get()
        }
        #expect(error?.description == "the address fe80::1%nosuch0 cannot be used: there is no interface nosuch0")
        await withCheckedContinuation { continuation in loop.end { continuation.resume() } }
    }

    @Test("A name is looked up, and an unknown one is an error")
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
