// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import PaddockSockets

@Suite("Send buffers")
struct SendBuffersTests {
    private func use(_ count: Int, of buffers: inout SendBuffers) {
        let taken = (0..<count).map { _ in buffers.take(capacity: 100) }
        for buffer in taken { buffers.giveBack(buffer) }
    }

    @Test("Buffers that many turns did not need are freed, those that they need are kept")
    func trims() {
        var buffers = SendBuffers()
        self.use(10, of: &buffers)
        #expect(buffers.unusedCount == 10)
        for _ in 0..<(2 * BufferTurns.turnsOfMemory) {
            buffers.beginTurn()
            self.use(3, of: &buffers)
        }
        #expect(buffers.unusedCount == 3)
        for _ in 0..<(2 * BufferTurns.turnsOfMemory) { buffers.beginTurn() }
        #expect(buffers.unusedCount == 0)
    }

    @Test("A buffer holds what it was asked for, and only those of the usual size are kept")
    func sizes() {
        var buffers = SendBuffers()
        let large = buffers.take(capacity: 100_000)
        #expect(large.writableBytes >= 100_000)
        buffers.giveBack(large)
        #expect(buffers.unusedCount == 0)
    }
}
