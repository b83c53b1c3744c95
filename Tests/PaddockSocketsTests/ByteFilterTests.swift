// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockTesting
import Testing

@testable import PaddockSockets

@Suite("Filters between the wire and the delegate of a connection", .serialized)
struct ByteFilterTests {
    /// Swaps the case of letters. A hyphen is a handshake, answered by "+", for which writes have to wait; "#" is invalid.
    private final class CaseSwap: ByteFilter {
        private var isReady = false
        private var waiting = ByteBuffer()

        private func swapped(_ bytes: ByteBuffer) -> [UInt8] {
            bytes.readableBytesView.map { $0 >= 0x40 ? $0 ^ 0x20 : $0 }
        }

        func received(_ bytes: ByteBuffer, reply: inout ByteBuffer) -> ByteBuffer? {
            var bytes = bytes
            if !self.isReady, bytes.readInteger() == UInt8(ascii: "-") {
                self.isReady = true
                reply.writeString("+")
                reply.writeBuffer(&self.waiting)
            }
            if bytes.readableBytesView.contains(UInt8(ascii: "#")) {
                reply.writeString("invalid")
                return nil
            }
            return ByteBuffer(bytes: self.swapped(bytes))
        }

        func written(_ bytes: ByteBuffer) -> ByteBuffer {
            guard !self.isReady else { return ByteBuffer(bytes: self.swapped(bytes)) }
            self.waiting.writeBytes(self.swapped(bytes))
            return ByteBuffer()
        }

        func outputEnded() -> ByteBuffer { ByteBuffer(string: ".") }
    }

    private let journal = Journal()

    private func connect(_ loop: SocketLoop) throws -> (Connection, Peer, Listener) {
        let (connection, peer) = try Peer.pair(loop, filter: CaseSwap())
        let listener = Listener("it", self.journal)
        connection.delegate = listener
        return (connection, peer, listener)
    }

    @Test("The delegate gets and writes what the filter makes of the bytes of the wire")
    func translates() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, listener) = try self.connect(loop)
        connection.write(ByteBuffer(string: "early"))
        connection.flush()
        loop.turn(mayWait: false)
        #expect(peer.receive() == [])
        peer.send("-")
        loop.turn(mayWait: false)
        #expect(peer.receiveText() == "+EARLY")
        // A handshake is nothing that the delegate receives.
        #expect(self.journal.lines == [])
        var got = ""
        listener.onReceive = { got += String(buffer: $0) }
        peer.send("Hello")
        loop.turn(mayWait: false)
        #expect(got == "hELLO")
        connection.write(ByteBuffer(string: "Bye"))
        connection.flush()
        loop.turn(mayWait: false)
        #expect(peer.receiveText() == "bYE")
        connection.endOutput()
        #expect(peer.receiveText() == ".")
        #expect(peer.receive() == nil)
        connection.close()
    }

    @Test("Invalid bytes break the connection, after the filter's answer")
    func invalid() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop)
        peer.send("-#")
        loop.turn(mayWait: false)
        #expect(!connection.isOpen)
        #expect(self.journal.lines == ["it broken"])
        #expect(peer.receiveText() == "+invalid")
    }

    @Test("A connection with a filter is not given away, as the other loop would not know the filter's state")
    func staysHere() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop)
        let isGivenAway = connection.giveAway() != nil
        #expect(!isGivenAway && connection.isOpen)
        connection.close()
        peer.close()
    }
}

@Suite("Sockets that belong to no event loop", .serialized)
struct ConnectedSocketTests {
    private func drop(_ socket: consuming ConnectedSocket) {}

    @Test("One without an owner is closed")
    func dropped() throws {
        let (descriptor, peer) = Peer.pair()
        let socket = ConnectedSocket(descriptor)
        #expect(peer.receive() == [])
        self.drop(socket)
        #expect(peer.receive() == nil)
    }

    @Test("One that is moved belongs to the other loop; if that has ended, it is closed")
    func moved() async throws {
        let loop = try SocketLoop.start(name: "test")
        let (descriptor, peer) = Peer.pair()
        let answer = loop.makePromise(of: Void.self)
        ConnectedSocket(descriptor).move(to: loop) { socket in
            do {
                let connection = try Connection(socket, on: loop)
                connection.write(ByteBuffer(string: "here"))
                connection.flushNow()
                answer.succeed()
            } catch { answer.fail(error) }
        }
        try await answer.futureResult.get()
        #expect(peer.receiveText() == "here")
        await withCheckedContinuation { continuation in loop.end { continuation.resume() } }
        #expect(peer.receive() == nil)
        let (late, latePeer) = Peer.pair()
        ConnectedSocket(late).move(to: loop) { _ in Issue.record("the loop has ended") }
        #expect(latePeer.receive() == nil)
    }

    @Test("A connection that is given away stays open, and is read by its new loop")
    func givenAway() throws {
        let first = try SocketLoop.manual()
        let second = try SocketLoop.manual()
        let (connection, peer) = try Peer.pair(first)
        guard let socket = connection.giveAway() else {
            Issue.record("it has nothing on its way")
            return
        }
        #expect(!connection.isOpen)
        let journal = Journal()
        let listener = Listener("it", journal)
        let next = try Connection(socket, on: second)
        next.delegate = listener
        peer.send("abc")
        first.turn(mayWait: false)
        second.turn(mayWait: false)
        #expect(journal.lines == ["it got 3"])
        next.close()
    }
}
