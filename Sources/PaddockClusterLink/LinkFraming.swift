// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Crypto
package import NIOCore

/// The messages of a link after its handshake: batches with a number and a code, so that none can be changed, left out, repeated or put in another
/// place without notice.
///
/// A batch is its length (4 bytes), its messages, and 16 bytes of an HMAC-SHA256 of its number and its messages.
package struct LinkFraming: Sendable {
    /// The most bytes of the messages of one batch.
    package static let maxBytes = 4 << 20
    private static let codeLength = 16

    // With their keys taken in: only copies are used.
    private let sending: HMAC<SHA256>
    private let receiving: HMAC<SHA256>
    private var sent: UInt64 = 0
    private var received: UInt64 = 0
    private var buffer: ByteBuffer

    /// Begins after a handshake.
    ///
    /// - Parameters:
    ///   - agreement: what it has agreed on.
    ///   - rest: what has arrived after it.
    package init(_ agreement: LinkHandshake.Agreement, rest: ByteBuffer) {
        (self.sending, self.receiving) = (HMAC(key: agreement.sending), HMAC(key: agreement.receiving))
        self.buffer = rest
    }

    /// The next batch to send.
    package mutating func batch(_ messages: ByteBuffer) -> ByteBuffer {
        precondition(messages.readableBytes <= Self.maxBytes, "batches are cut by who makes them")
        var batch = ByteBuffer()
        batch.reserveCapacity(messages.readableBytes + 4 + Self.codeLength)
        batch.writeInteger(UInt32(messages.readableBytes))
        batch.writeImmutableBuffer(messages)
        batch.writeBytes(Self.code(self.sent, messages, self.sending))
        self.sent += 1
        return batch
    }

    /// Takes in what has arrived.
    package mutating func receive(_ bytes: inout ByteBuffer) { self.buffer.writeBuffer(&bytes) }

    /// The messages of the next batch; nil until it is whole.
    ///
    /// - Throws: why the link has to end.
    package mutating func next() throws(LinkError) -> ByteBuffer? {
        guard let length = self.buffer.getInteger(at: self.buffer.readerIndex, as: UInt32.self) else { return nil }
        guard length <= UInt32(Self.maxBytes) else { throw .notUnderstood }
        guard self.buffer.readableBytes >= 4 + Int(length) + Self.codeLength else { return nil }
        self.buffer.moveReaderIndex(forwardBy: 4)
        guard let messages = self.buffer.readSlice(length: Int(length)),
            let code = self.buffer.readBytes(length: Self.codeLength)
        else { throw .notUnderstood }
        // In a time that does not depend on where they differ.
        let right = Self.code(self.received, messages, self.receiving)
        guard zip(code, right).reduce(0, { $0 | ($1.0 ^ $1.1) }) == 0 else { throw .changed }
        self.received += 1
        if self.buffer.readerIndex > 64 << 10 { self.buffer.discardReadBytes() }
        return messages
    }

    private static func code(_ number: UInt64, _ messages: ByteBuffer, _ keyed: HMAC<SHA256>) -> [UInt8] {
        var code = keyed
        withUnsafeBytes(of: number.bigEndian) { code.update(data: $0) }
        messages.withUnsafeReadableBytes { code.update(data: $0) }
        return code.finalize().withUnsafeBytes { Array($0[..<Self.codeLength]) }
    }
}
