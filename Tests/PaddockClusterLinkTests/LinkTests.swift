// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockCluster
import PaddockClusterLink
import Testing

private func member(_ id: UInt64, _ name: String) -> MemberIdentity {
    MemberIdentity(id: MemberID(id), name: name, address: "10.0.0.\(id):8081", hasBeenLed: id % 2 == 0)
}

/// Two ends of a link that are connected by nothing but arrays.
private struct Pair {
    var first: LinkHandshake
    var second: LinkHandshake

    init(
        secrets: ([UInt8], [UInt8]) = ([1, 2, 3], [1, 2, 3]),
        clusters: (String, String) = ("c", "c"),
        ids: (UInt64, UInt64) = (1, 2)
    ) {
        self.first = LinkHandshake(
            .connecting,
            me: member(ids.0, "a"),
            cluster: clusters.0,
            secret: secrets.0,
            nonce: Array(repeating: 7, count: 32)
        )
        self.second = LinkHandshake(
            .listening,
            me: member(ids.1, "b"),
            cluster: clusters.1,
            secret: secrets.1,
            nonce: Array(repeating: 9, count: 32)
        )
    }

    /// Carries everything to and fro, in pieces of some bytes.
    mutating func shake(piece: Int = 10_000) throws -> (LinkFraming, LinkFraming) {
        var (toFirst, toSecond) = (
            Array(self.second.opening.readableBytesView), Array(self.first.opening.readableBytesView)
        )
        var framings: (LinkFraming?, LinkFraming?)
        while !toFirst.isEmpty || !toSecond.isEmpty {
            var bytes = ByteBuffer(bytes: toSecond.prefix(piece))
            toSecond.removeFirst(min(piece, toSecond.count))
            switch try self.second.receive(&bytes) {
            case .send(let answer): toFirst += Array(answer.readableBytesView)
            case .agreed(let agreement, let rest): framings.1 = LinkFraming(agreement, rest: rest)
            case nil: break
            }
            bytes = ByteBuffer(bytes: toFirst.prefix(piece))
            toFirst.removeFirst(min(piece, toFirst.count))
            switch try self.first.receive(&bytes) {
            case .send(let answer): toSecond += Array(answer.readableBytesView)
            case .agreed(let agreement, let rest): framings.0 = LinkFraming(agreement, rest: rest)
            case nil: break
            }
        }
        return (try #require(framings.0), try #require(framings.1))
    }
}

@Suite struct LinkTests {
    private static let messages: [LinkMessage] = [
        .lead(
            Lead(
                term: Term(300),
                sent: Instant(nanoseconds: -5),
                echo: Instant(nanoseconds: .max),
                session: .max,
                layout: Layout(current: [MemberID(1), MemberID(.max)], next: []),
                members: [member(1, "a"), member(2, "ä \"b\"")]
            )
        ),
        .lead(
            Lead(term: .none, sent: Instant(nanoseconds: .min), echo: nil, session: nil, layout: Layout(), members: [])
        ),
        .beat(
            Beat(
                term: Term((1 << 53) - 1),
                sent: Instant(nanoseconds: 1),
                echo: Instant(nanoseconds: 2),
                session: 0,
                layout: Layout()
            )
        ),
        .register(
            Registration(
                term: Term(1),
                session: 1,
                held: [Place(model: "llama2", backend: "http://a"): 3, Place(model: "", backend: ""): 0],
                layout: Layout()
            )
        ),
        .newer(Term(4)), .retired(Term(5)), .leave,
    ]

    @Test func `Messages arrive as they were sent`() throws {
        for message in Self.messages {
            var writer = LinkWriter()
            message.write(to: &writer)
            var reader = LinkReader(writer.buffer)
            #expect(try LinkMessage(from: &reader) == message)
            let isAtEnd = reader.isAtEnd
            #expect(isAtEnd)
        }
    }

    @Test func `A term after the last one is not understood`() {
        var writer = LinkWriter()
        LinkMessage.newer(Term(1 << 53)).write(to: &writer)
        var reader = LinkReader(writer.buffer)
        let message = try? LinkMessage(from: &reader)
        #expect(message == nil)
    }

    @Test func `Messages that are cut or changed are refused or read as others, and never crash`() {
        var random = SeededRandom(seed: 1)
        for message in Self.messages {
            var writer = LinkWriter()
            message.write(to: &writer)
            let bytes = Array(writer.buffer.readableBytesView)
            for length in 0..<bytes.count {
                var reader = LinkReader(ByteBuffer(bytes: bytes.prefix(length)))
                #expect(throws: LinkError.self) { _ = try LinkMessage(from: &reader) }
            }
            for _ in 0..<2_000 {
                var changed = bytes
                changed[random.number(below: changed.count)] = UInt8(random.number(below: 256))
                var reader = LinkReader(ByteBuffer(bytes: changed))
                _ = try? LinkMessage(from: &reader)
            }
        }
    }

    @Test(arguments: [1, 7, 10_000]) func `Both sides agree, and batches arrive in order`(_ piece: Int) throws {
        var pair = Pair()
        var (first, second) = try pair.shake(piece: piece)
        for text in ["hello", "", String(repeating: "x", count: 100_000), "again"] {
            var bytes = first.batch(ByteBuffer(string: text))
            while var part = bytes.readSlice(length: min(max(piece, 1_000), bytes.readableBytes)),
                part.readableBytes > 0
            { second.receive(&part) }
            #expect(try second.next() == ByteBuffer(string: text))
            var answer = second.batch(ByteBuffer(string: text + "!"))
            first.receive(&answer)
            #expect(try first.next() == ByteBuffer(string: text + "!"))
        }
        #expect(try first.next() == nil)
    }

    @Test func `Batches that are changed, repeated, left out or turned round end the link`() throws {
        func framings() throws -> (LinkFraming, LinkFraming) {
            var pair = Pair()
            return try pair.shake()
        }
        var (first, second) = try framings()
        var bytes = first.batch(ByteBuffer(string: "hello"))
        bytes.setInteger(UInt8(ascii: "H"), at: bytes.readerIndex + 4)
        second.receive(&bytes)
        #expect(throws: LinkError.changed) { try second.next() }

        (first, second) = try framings()
        let once = first.batch(ByteBuffer(string: "hello"))
        for _ in 0..<2 {
            var copy = once
            second.receive(&copy)
        }
        #expect(try second.next() != nil)
        #expect(throws: LinkError.changed) { try second.next() }

        (first, second) = try framings()
        _ = first.batch(ByteBuffer(string: "one"))
        var next = first.batch(ByteBuffer(string: "two"))
        second.receive(&next)
        #expect(throws: LinkError.changed) { try second.next() }

        (first, second) = try framings()
        var mine = first.batch(ByteBuffer(string: "hello"))
        first.receive(&mine)
        #expect(throws: LinkError.changed) { try first.next() }

        (first, second) = try framings()
        var long = ByteBuffer(integer: UInt32.max)
        second.receive(&long)
        #expect(throws: LinkError.notUnderstood) { try second.next() }
    }

    @Test func `What does not belong together does not come together`() throws {
        var pair = Pair(secrets: ([1], [2]))
        #expect(throws: LinkError.wrongSecret) { _ = try pair.shake() }
        pair = Pair(clusters: ("c", "d"))
        #expect(throws: LinkError.otherCluster("c")) { _ = try pair.shake() }
        pair = Pair(ids: (1, 1))
        #expect(throws: LinkError.itself) { _ = try pair.shake() }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{0}\u{0}", "\u{0}\u{1}x", "SSH-2.0-x\r\n",
        String(repeating: "\u{0}\u{5}abcd", count: 1_000),
    ])
    func `A foreign protocol is refused`(_ text: String) {
        var pair = Pair()
        var bytes = ByteBuffer(string: text)
        #expect(throws: LinkError.foreign) { _ = try pair.second.receive(&bytes) }
    }

    @Test func `Another version is refused with both ranges`() {
        var pair = Pair()
        var hello = Array(pair.first.opening.readableBytesView)
        // After the length and the word come the lowest and the highest version.
        (hello[15], hello[16]) = (3, 4)
        var bytes = ByteBuffer(bytes: hello)
        #expect(throws: LinkError.version(lowest: 3, highest: 4)) { _ = try pair.second.receive(&bytes) }
    }
}
