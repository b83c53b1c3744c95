// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockCluster
import PaddockClusterLink
import Testing

/// What a stranger or a broken member may send: refused, and never more memory than its bytes are worth.
@Suite struct HostileLinkTests {
    private static let me = MemberIdentity(id: MemberID(1), name: "a", address: "10.0.0.1:8081", hasBeenLed: false)

    private static func handshake(_ side: LinkHandshake.Side = .listening, id: UInt64 = 1) -> LinkHandshake {
        let me = MemberIdentity(id: MemberID(id), name: "a", address: "10.0.0.1:8081", hasBeenLed: false)
        return LinkHandshake(
            side,
            me: me,
            cluster: "c",
            secret: Array("a secret".utf8),
            nonce: Array(repeating: UInt8(id), count: 32)
        )
    }

    private static func written(_ write: (inout LinkWriter) -> Void) -> ByteBuffer {
        var writer = LinkWriter()
        write(&writer)
        return writer.buffer
    }

    @Test(arguments: [1 << 8, 1 << 20, 1 << 40, UInt64.max]) func `Counts that the bytes do not bear out are refused`(
        _ count: UInt64
    ) {
        // A registration, whose list of places is as long as it says.
        var places = LinkReader(
            Self.written {
                for number in [3, 1, 1, 0] { $0.number(UInt64(number)) }
                $0.bool(false)
                $0.number(count)
            }
        )
        #expect(throws: LinkError.notUnderstood) { _ = try LinkMessage(from: &places) }
        // A registration with a name as long as it says.
        var name = LinkReader(
            Self.written {
                for number in [3, 1, 1, 0] { $0.number(UInt64(number)) }
                $0.bool(false)
                $0.number(1)
                $0.number(count)
            }
        )
        #expect(throws: LinkError.notUnderstood) { _ = try LinkMessage(from: &name) }
        // A layout with as many members.
        var layout = LinkReader(
            Self.written {
                for number in [2, 1, 0, 0, 1] { $0.number(UInt64(number)) }
                $0.number(count)
            }
        )
        #expect(throws: LinkError.notUnderstood) { _ = try LinkMessage(from: &layout) }
    }

    @Test func `A place that is told of twice is refused`() {
        for count in 1...2 {
            var link = LinkReader(
                Self.written {
                    for number in [3, 1, 1, 0] { $0.number(UInt64(number)) }
                    $0.bool(false)
                    $0.number(UInt64(count))
                    for _ in 0..<count {
                        $0.text("m")
                        $0.text("b")
                        $0.number(1 << 20)
                    }
                }
            )
            let message = try? LinkMessage(from: &link)
            #expect((message != nil) == (count == 1))
        }
    }

    @Test func `Numbers end after ten bytes, and texts are UTF-8`() {
        for bytes in [
            Array(repeating: UInt8(0x80), count: 10_000), Array(repeating: 0xFF, count: 9) + [0x02],
            Array(repeating: 0xFF, count: 11),
        ] {
            var reader = LinkReader(ByteBuffer(bytes: bytes))
            #expect(throws: LinkError.notUnderstood) { _ = try reader.number() }
        }
        var reader = LinkReader(ByteBuffer(bytes: [2, 0xC3, 0x28]))
        #expect(throws: LinkError.notUnderstood) { _ = try reader.text(atMost: 10) }
    }

    @Test(arguments: [1, 5, 4_096]) func `A stranger never gets further than its first step`(_ piece: Int) {
        var random = SeededRandom(seed: 7)
        let hello = Array(Self.handshake(.connecting, id: 2).opening.readableBytesView)
        for _ in 0..<400 {
            var bytes = hello
            for _ in 0..<random.number(below: 4) {
                bytes[random.number(below: bytes.count)] = UInt8(random.number(below: 256))
            }
            // A proof that is made up, and whatever else.
            bytes += [0, 32] + (0..<64).map { _ in UInt8(random.number(below: 256)) }
            var handshake = Self.handshake()
            var rest = bytes[...]
            #expect(throws: LinkError.self) {
                while !rest.isEmpty {
                    var part = ByteBuffer(bytes: rest.prefix(piece))
                    rest = rest.dropFirst(piece)
                    while let step = try handshake.receive(&part) {
                        if case .agreed = step { Issue.record("a stranger is a member") }
                    }
                }
                // What is longer than the bytes that came would have to be refused later.
                throw LinkError.foreign
            }
        }
    }

    @Test func `What was recorded is of no use in another connection`() throws {
        var connecting = Self.handshake(.connecting, id: 2)
        var listening = Self.handshake()
        var opening = listening.opening
        guard case .send(let proof)? = try connecting.receive(&opening) else { throw LinkError.foreign }
        var recorded = connecting.opening
        recorded.writeImmutableBuffer(proof)
        // The same bytes again, while the other side has new random ones.
        listening = LinkHandshake(
            .listening,
            me: Self.me,
            cluster: "c",
            secret: Array("a secret".utf8),
            nonce: Array(repeating: 77, count: 32)
        )
        #expect(try listening.receive(&recorded) != nil)
        var nothing = ByteBuffer()
        #expect(throws: LinkError.wrongSecret) { _ = try listening.receive(&nothing) }
    }

    @Test func `A proof that is sent back is none`() throws {
        var listening = Self.handshake()
        var connecting = Self.handshake(.connecting, id: 2)
        var hello = connecting.opening
        guard case .send(var proof)? = try listening.receive(&hello) else { throw LinkError.foreign }
        #expect(throws: LinkError.wrongSecret) { _ = try listening.receive(&proof) }
        // Nor is that of the listening side one for the connecting side of another connection with the same bytes.
        var opening = Self.handshake().opening
        guard case .send(var own)? = try connecting.receive(&opening) else { throw LinkError.foreign }
        #expect(throws: LinkError.wrongSecret) { _ = try connecting.receive(&own) }
    }
}
