// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import CSockets
import NIOCore
import PaddockTesting
import Testing

@testable import PaddockSockets

@Suite("What waits to be sent")
struct OutboundQueueTests {
    private let near: Int32
    private let far: Peer

    init() {
        (self.near, self.far) = Peer.pair()
    }

    private func bytes(_ count: Int, from first: Int) -> ByteBuffer {
        // No piece is like its neighbours, and long ones cost little to make.
        var bytes = ByteBuffer(repeating: UInt8(truncatingIfNeeded: first), count: count)
        bytes.setInteger(UInt32(truncatingIfNeeded: first), at: count / 2)
        bytes.moveWriterIndex(to: count)
        return bytes
    }

    /// Pieces of all sizes, more than the kernel takes at once and more than one call passes.
    @Test(
        "Everything arrives in order, however little the kernel takes at a time",
        arguments: [[1, 0, 7, 300], [100_000, 3, 200_000, 1], Array(repeating: 100, count: 50), [1_000_000]]
    )
    func integrity(_ sizes: [Int]) throws {
        defer { _ = paddock_close(self.near) }
        var queue = OutboundQueue()
        var sent: [UInt8] = []
        var got: [UInt8] = []
        for round in 0..<4 {
            for size in sizes {
                let piece = self.bytes(size, from: round + size)
                sent += Array(piece.readableBytesView)
                queue.append(piece)
            }
            #expect(queue.send(to: self.near) == nil)
            // Less than what waits, so that pieces of old and new rounds meet.
            if round % 2 == 1, let more = self.far.receive() { got += more }
            #expect(queue.byteCount + self.sentCount(queue) == sent.count)
        }
        while !queue.isEmpty {
            got += try #require(self.far.receive())
            #expect(queue.send(to: self.near) == nil)
        }
        got += self.far.receive() ?? []
        #expect(got == sent)
        #expect(queue.writtenCount == sent.count)
    }

    private func sentCount(_ queue: OutboundQueue) -> Int { queue.writtenCount - queue.byteCount }

    /// A line of a stream is a few bytes of a buffer of thousands; a client that reads slowly has many of them waiting.
    @Test("Short pieces that wait do not keep the long buffers that they are part of")
    func memory() throws {
        defer { _ = paddock_close(self.near) }
        var queue = OutboundQueue()
        queue.append(ByteBuffer(repeating: 1, count: 4_000_000))
        #expect(queue.send(to: self.near) == nil)
        let before = queue.heldBytes
        for _ in 0..<1_000 {
            var buffer = ByteBuffer(repeating: 2, count: 4096)
            let line = buffer.readSlice(length: 100)
            queue.append(try #require(line))
            #expect(queue.send(to: self.near) == nil)
        }
        #expect(queue.heldBytes - before < 500_000)
    }

    @Test("Every piece that was sent as a whole is given back, whether it was sent alone or with others")
    func givenBack() {
        defer { _ = paddock_close(self.near) }
        var queue = OutboundQueue()
        var back: [Int] = []
        for sizes in [[1], [2, 3, 4]] {
            for size in sizes { queue.append(self.bytes(size, from: size)) }
            #expect(queue.send(to: self.near) { back.append($0.readableBytes) } == nil)
        }
        #expect(back == [1, 2, 3, 4])
    }

    @Test("Once the other side has closed, the error is reported")
    func gone() {
        defer { _ = paddock_close(self.near) }
        var queue = OutboundQueue()
        self.far.close()
        queue.append(ByteBuffer(string: "hi"))
        #expect(queue.send(to: self.near) != nil)
    }
}
