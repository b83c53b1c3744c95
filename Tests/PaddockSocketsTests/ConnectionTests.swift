// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockTesting
import Testing

@testable import PaddockSockets

@Suite("Connections and the turns of their event loop", .serialized)
struct ConnectionTests {
    private let journal = Journal()

    private func connect(_ loop: SocketLoop, _ name: String, noticesEndWhilePaused: Bool = false) throws
        -> (Connection, Peer, Listener)
    {
        let (connection, peer) = try Peer.pair(loop, noticesEndWhilePaused: noticesEndWhilePaused)
        let listener = Listener(name, self.journal)
        connection.delegate = listener
        return (connection, peer, listener)
    }

    private func turn(_ loop: SocketLoop) { loop.turn(mayWait: false) }

    @Test("In a turn everything is read before anything is delivered, and that before anything is sent")
    func order() throws {
        let loop = try SocketLoop.manual()
        let (first, firstPeer, firstListener) = try self.connect(loop, "first")
        let (second, secondPeer, secondListener) = try self.connect(loop, "second")
        // Each writes to the other; nothing may arrive before both have been read.
        firstListener.onReceive = { _ in
            // Whichever is delivered first, the other has been read.
            #expect(self.journal.lines.count == 2 || second.hasNews)
            second.write(ByteBuffer(string: "for second"))
            second.flush()
            #expect(secondPeer.receive() == [])
        }
        secondListener.onReceive = { _ in
            #expect(self.journal.lines.count == 2 || first.hasNews)
            first.write(ByteBuffer(string: "for first"))
            first.flush()
            #expect(firstPeer.receive() == [])
            #expect(secondPeer.receive() == [])
        }
        firstPeer.send("abc")
        secondPeer.send("de")
        self.turn(loop)
        #expect(self.journal.lines.sorted() == ["first got 3", "second got 2"])
        #expect(firstPeer.receiveText() == "for first")
        #expect(secondPeer.receiveText() == "for second")
    }

    @Test("What goes first is sent before what others wrote earlier")
    func sendsFirst() throws {
        let loop = try SocketLoop.manual()
        let (usual, usualPeer, _) = try self.connect(loop, "usual")
        let (first, firstPeer, _) = try self.connect(loop, "first")
        for (name, connection) in [("usual", usual), ("first", first)] {
            connection.write(ByteBuffer(string: "a"))
            connection.whenSent { self.journal.lines.append(name) }
            connection.flush(isFirst: connection === first)
        }
        self.turn(loop)
        #expect(self.journal.lines == ["first", "usual"])
        #expect(usualPeer.receiveText() == "a")
        #expect(firstPeer.receiveText() == "a")
    }

    @Test("What a long read leads to is sent at once")
    func longRead() throws {
        let loop = try SocketLoop.manual()
        let (first, firstPeer, firstListener) = try self.connect(loop, "first")
        let (second, secondPeer, secondListener) = try self.connect(loop, "second")
        let much = [UInt8](repeating: 1, count: 10_000)
        // A short read that is full makes the next ones long.
        for peer in [firstPeer, secondPeer] { peer.send(much) }
        for _ in 0..<2 { self.turn(loop) }
        self.journal.lines = []
        var sent: [Int] = []
        for (listener, other) in [(firstListener, second), (secondListener, first)] {
            listener.onReceive = { bytes in
                sent.append((firstPeer.receive() ?? []).count + (secondPeer.receive() ?? []).count)
                #expect(bytes.readableBytesView.elementsEqual(much))
                other.write(bytes)
                other.flush()
            }
        }
        for peer in [firstPeer, secondPeer] { peer.send(much) }
        self.turn(loop)
        #expect(self.journal.lines.sorted() == ["first got 10000", "second got 10000"])
        // When the second of them is delivered, what follows from the first has been sent.
        #expect(sent == [0, 10_000])
    }

    /// kqueue reports reading and writing separately.
    @Test("A connection that is reported twice in a turn is read once, and loses nothing")
    func twice() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        peer.send("ab")
        connection.ready(.readable)
        peer.send("c")
        connection.ready([.readable, .writable])
        self.turn(loop)
        self.turn(loop)
        #expect(self.journal.lines == ["it got 2", "it got 1"])
    }

    @Test("What a connection wrote and did not flush stays until it does")
    func flush() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        connection.write(ByteBuffer(string: "a"))
        self.turn(loop)
        #expect(peer.receive() == [])
        connection.write(ByteBuffer(string: "b"))
        connection.flush()
        connection.write(ByteBuffer(string: "c"))
        self.turn(loop)
        #expect(peer.receiveText() == "abc")
    }

    @Test("The end of the other side follows all that it sent, once")
    func peerEnds() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        peer.send("abc")
        peer.end()
        for _ in 0..<4 { self.turn(loop) }
        #expect(self.journal.lines == ["it got 3", "it peer ended"])
        #expect(connection.hasPeerEnded)
        // It still takes an answer.
        connection.write(ByteBuffer(string: "answer"))
        connection.flush()
        self.turn(loop)
        #expect(peer.receiveText() == "answer")
    }

    /// A backend's connection must not be reused if the close arrived with the last bytes.
    @Test("An end that arrives with the last bytes is known before they are delivered")
    func endWithBytes() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, listener) = try self.connect(loop, "it")
        listener.onReceive = { _ in #expect(connection.hasPeerEnded) }
        peer.send("abc")
        peer.end()
        self.turn(loop)
        #expect(self.journal.lines == ["it got 3"])
    }

    @Test("While reading is paused, the end is reported only if requested")
    func endWhilePaused() throws {
        let loop = try SocketLoop.manual()
        let (curious, curiousPeer, _) = try self.connect(loop, "curious", noticesEndWhilePaused: true)
        let (other, otherPeer, _) = try self.connect(loop, "other")
        for (connection, peer) in [(curious, curiousPeer), (other, otherPeer)] {
            connection.setReadsPaused(true)
            peer.send("unread")
            peer.end()
        }
        for _ in 0..<3 { self.turn(loop) }
        #expect(self.journal.lines == ["curious peer ended"])
        other.setReadsPaused(false)
        for _ in 0..<3 { self.turn(loop) }
        #expect(self.journal.lines == ["curious peer ended", "other got 6", "other peer ended"])
    }

    @Test("While reading is paused nothing is delivered, and nothing is lost")
    func pause() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        connection.setReadsPaused(true)
        peer.send("abc")
        self.turn(loop)
        #expect(self.journal.lines.isEmpty)
        connection.setReadsPaused(false)
        self.turn(loop)
        #expect(self.journal.lines == ["it got 3"])
    }

    #if os(Linux)
    /// kqueue does not report it; there it is known once the connection is read or written on.
    @Test("A connection that breaks while reading is paused is closed, not reported for ever")
    func breaksWhilePaused() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        connection.setReadsPaused(true)
        peer.close()
        for _ in 0..<3 { self.turn(loop) }
        #expect(self.journal.lines == ["it broken"])
        #expect(!connection.isOpen)
    }
    #endif

    @Test("Long data arrives whole, in several turns")
    func long() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, listener) = try self.connect(loop, "it")
        var got: [UInt8] = []
        listener.onReceive = {
            #expect($0.readableBytes <= ReceiveBuffers.maxRead)
            got += Array($0.readableBytesView)
        }
        let all = (0..<100_000).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        var sent = 0
        while got.count < all.count {
            sent += peer.send(Array(all[sent...].prefix(100_000)))
            self.turn(loop)
        }
        #expect(got == all)
        withExtendedLifetime(connection) {}
    }

    /// The loop reads into the same buffers in each turn; kept bytes must not change.
    @Test("Bytes that are kept are not overwritten by the next turn")
    func kept() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, listener) = try self.connect(loop, "it")
        var kept: [ByteBuffer] = []
        listener.onReceive = { kept.append($0) }
        for text in ["one", "two", "three"] {
            peer.send(text)
            self.turn(loop)
        }
        #expect(kept.map { String(buffer: $0) } == ["one", "two", "three"])
        withExtendedLifetime(connection) {}
    }

    @Test("A connection whose other side does not read is not writable until it does")
    func writability() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        #expect(connection.isWritable)
        connection.write(ByteBuffer(repeating: 1, count: 4_000_000))
        connection.flush()
        self.turn(loop)
        #expect(!connection.isWritable)
        #expect(connection.waitingBytes > Connection.highWaterMark)
        var got = 0
        while connection.waitingBytes > 0 {
            got += peer.receive()?.count ?? 0
            self.turn(loop)
        }
        got += peer.receive()?.count ?? 0
        #expect(got == 4_000_000)
        #expect(connection.isWritable)
        #expect(self.journal.lines == ["it writability", "it writability"])
    }

    @Test("Tasks for when all is sent run then, in order, and not before")
    func whenSent() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        connection.write(ByteBuffer(repeating: 1, count: 2_000_000))
        connection.whenSent { self.journal.lines.append("first") }
        connection.write(ByteBuffer(repeating: 1, count: 2_000_000))
        connection.whenSent { self.journal.lines.append("second") }
        connection.flush()
        self.turn(loop)
        #expect(!self.journal.lines.contains("first"))
        while connection.waitingBytes > 0 {
            _ = peer.receive()
            self.turn(loop)
        }
        #expect(self.journal.lines.filter { !$0.contains("writability") } == ["first", "second"])
        connection.whenSent { self.journal.lines.append("nothing waits") }
        self.turn(loop)
        #expect(self.journal.lines.last == "nothing waits")
    }

    @Test("A close is reported to all who wait, once, and nothing follows it")
    func close() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, listener) = try self.connect(loop, "it")
        let (other, otherPeer, otherListener) = try self.connect(loop, "other")
        connection.write(ByteBuffer(repeating: 1, count: 4_000_000))
        connection.flush()
        connection.whenSent { self.journal.lines.append("never sent") }
        self.turn(loop)
        self.journal.lines = []
        // Both have news in the same turn, and each closes the other.
        listener.onReceive = { _ in other.close() }
        otherListener.onReceive = { _ in connection.close() }
        peer.send("a")
        otherPeer.send("b")
        for _ in 0..<3 { self.turn(loop) }
        let closed = self.journal.lines.contains("it closed") ? "it" : "other"
        #expect(self.journal.lines.filter { $0.hasSuffix("closed") } == ["\(closed) closed"])
        #expect(self.journal.lines.filter { $0.contains("got") }.count == 1)
        connection.close()
        connection.close()
        #expect(self.journal.lines.filter { $0 == "it closed" }.count == 1)
        #expect(self.journal.lines.filter { $0 == "never sent" }.count == 1)
        #expect(!connection.isOpen && !connection.isWritable)
    }

    /// What the delegate knows of the other side when it writes is as old as the turn.
    @Test("Sending only if silent: nothing goes to a side that has just closed or sent", arguments: [true, false])
    func silence(_ closes: Bool) throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        connection.sendOnlyIfSilent()
        connection.write(ByteBuffer(string: "one"))
        connection.write(ByteBuffer(string: "two"))
        connection.flush()
        loop.later { if closes { peer.end() } else { peer.send("!") } }
        self.turn(loop)
        #expect(self.journal.lines == [#"it unsent ["one", "two"]"#])
        #expect(peer.receive() == [])
        #expect(connection.waitingBytes == 0)
        connection.close()
    }

    @Test(
        "Sending only if open: nothing goes to a side that has just closed, and all to one that has sent something",
        arguments: [true, false]
    )
    func open(_ closes: Bool) throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        connection.sendOnlyIfOpen()
        connection.write(ByteBuffer(string: "one"))
        connection.flush()
        loop.later { if closes { peer.end() } else { peer.send("!") } }
        self.turn(loop)
        if closes {
            #expect(self.journal.lines == [#"it unsent ["one"]"#])
            #expect(peer.receive() == [])
        } else {
            #expect(peer.receiveText() == "one")
        }
        connection.close()
    }

    @Test("Sending only if silent: everything goes to a silent side, with one check")
    func silent() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer, _) = try self.connect(loop, "it")
        connection.sendOnlyIfSilent()
        connection.write(ByteBuffer(string: "one"))
        connection.flush()
        self.turn(loop)
        #expect(peer.receiveText() == "one")
        connection.write(ByteBuffer(string: "two"))
        connection.flush()
        loop.later { peer.send("!") }
        self.turn(loop)
        #expect(peer.receiveText() == "two")
        connection.close()
    }

    @Test("The end of the loop closes its connections")
    func loopEnds() async throws {
        let loop = try SocketLoop.start(name: "test")
        let (near, far) = Peer.pair()
        try await loop.submit { _ = try Connection(ConnectedSocket(near), on: loop) }.get()
        #expect(far.receive() == [])
        await withCheckedContinuation { continuation in loop.end { continuation.resume() } }
        #expect(far.receive() == nil)
        // It may be asked to end twice.
        await withCheckedContinuation { continuation in loop.end { continuation.resume() } }
    }
}
