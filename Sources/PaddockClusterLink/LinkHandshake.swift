// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Crypto
package import NIOCore
package import PaddockCluster

/// The beginning of a link: both sides say who they are, agree on a version, and prove that they know the secret without sending it.
///
/// The side that has connected speaks first. Each sends random bytes that the other has to answer for, so that nothing recorded is of use later.
/// The keys of the messages that follow come from the secret and these bytes.
package struct LinkHandshake: Sendable {
    /// The versions of the link that this program speaks.
    package static let versions: ClosedRange<Int> = 1...1
    /// The most bytes of one step.
    package static let maxBytes = 2_048
    private static let magic = Array("PADDOCK-LINK\n".utf8)

    /// Which side this is.
    package enum Side: Hashable, Sendable {
        case connecting
        case listening
    }

    /// What both sides have agreed on.
    package struct Agreement: Sendable {
        /// Who is on the other side.
        package let peer: MemberIdentity
        /// The version.
        package let version: Int
        let sending: SymmetricKey
        let receiving: SymmetricKey
    }

    private enum Phase {
        case hello
        case proof(Agreement, expected: [UInt8])
        case done
    }

    private let side: Side
    /// Who this is.
    package let me: MemberIdentity
    private let cluster: String
    private let secret: SymmetricKey
    private let hello: [UInt8]
    private var phase = Phase.hello
    private var buffer = ByteBuffer()

    /// Begins a handshake.
    ///
    /// - Parameters:
    ///   - side: which side this is.
    ///   - me: who this is.
    ///   - cluster: the name of the cluster, which must be the same on both sides.
    ///   - secret: the secret; empty on links that do not leave the machine.
    ///   - nonce: 32 random bytes.
    package init(_ side: Side, me: MemberIdentity, cluster: String, secret: [UInt8], nonce: [UInt8]) {
        precondition(nonce.count == 32, "32 random bytes")
        self.side = side
        self.me = me
        self.cluster = cluster
        self.secret = SymmetricKey(data: secret.isEmpty ? [0] : secret)
        var link = LinkWriter()
        link.bytes(Self.magic)
        link.number(UInt64(Self.versions.lowerBound))
        link.number(UInt64(Self.versions.upperBound))
        link.text(cluster)
        link.identity(me)
        link.bytes(nonce)
        self.hello = Array(link.buffer.readableBytesView)
    }

    /// What is sent first.
    package var opening: ByteBuffer { Self.framed(self.hello) }

    /// What happened with the bytes that have arrived.
    package enum Step: Sendable {
        /// Send this, and go on.
        case send(ByteBuffer)
        /// Send this; both sides have agreed. What follows is the rest of what has arrived.
        case agreed(Agreement, rest: ByteBuffer)
    }

    /// Who the other side says it is; nil until it has. Nothing proves it before both have agreed.
    package var claimed: MemberIdentity? {
        if case .proof(let agreement, _) = self.phase { agreement.peer } else { nil }
    }

    /// Takes in what has arrived.
    ///
    /// - Returns: what to do; nil until more has arrived.
    /// - Throws: why there will be no link.
    package mutating func receive(_ bytes: inout ByteBuffer) throws(LinkError) -> Step? {
        self.buffer.writeBuffer(&bytes)
        guard let step = try self.step() else {
            guard self.buffer.readableBytes <= Self.maxBytes else { throw .foreign }
            return nil
        }
        switch self.phase {
        case .hello:
            let agreement = try self.agreement(step)
            self.phase = .proof(agreement.0, expected: agreement.expected)
            return .send(Self.framed(agreement.proof))
        case .proof(let agreement, let expected):
            guard HMAC<SHA256>.isValidAuthenticationCode(step, authenticating: expected, using: self.secret) else {
                throw .wrongSecret
            }
            self.phase = .done
            return .agreed(agreement, rest: self.buffer)
        case .done: throw .notUnderstood
        }
    }

    private mutating func step() throws(LinkError) -> [UInt8]? {
        guard let length = self.buffer.getInteger(at: self.buffer.readerIndex, as: UInt16.self) else { return nil }
        guard length <= Self.maxBytes else { throw .foreign }
        guard self.buffer.readableBytes >= 2 + Int(length) else { return nil }
        self.buffer.moveReaderIndex(forwardBy: 2)
        return self.buffer.readBytes(length: Int(length))
    }

    private static func framed(_ bytes: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt16(bytes.count))
        buffer.writeBytes(bytes)
        return buffer
    }

    private func agreement(_ hello: [UInt8]) throws(LinkError) -> (Agreement, proof: [UInt8], expected: [UInt8]) {
        guard hello.starts(with: Self.magic) else { throw .foreign }
        var link = LinkReader(ByteBuffer(bytes: hello.dropFirst(Self.magic.count)))
        let (lowest, highest) = (try link.count(atMost: 65_535), try link.count(atMost: 65_535))
        let version = min(highest, Self.versions.upperBound)
        guard version >= max(lowest, Self.versions.lowerBound) else { throw .version(lowest: lowest, highest: highest) }
        let cluster = try link.text(atMost: LinkReader.maxName)
        let peer = try link.identity()
        _ = try link.bytes(32)
        guard cluster == self.cluster else { throw .otherCluster(cluster) }
        guard peer.id != self.me.id else { throw .itself }
        // Both sides see the same two texts in the same order.
        let both = self.side == .connecting ? self.hello + hello : hello + self.hello
        let (mine, other): (UInt8, UInt8) = self.side == .connecting ? (1, 2) : (2, 1)
        let agreement = Agreement(
            peer: peer,
            version: version,
            sending: self.key([mine + 2] + both),
            receiving: self.key([other + 2] + both)
        )
        let proof = Array(HMAC<SHA256>.authenticationCode(for: [mine] + both, using: self.secret))
        return (agreement, proof, [other] + both)
    }

    private func key(_ text: [UInt8]) -> SymmetricKey {
        SymmetricKey(data: Array(HMAC<SHA256>.authenticationCode(for: text, using: self.secret)))
    }
}
