// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Buffers for the heads that one event loop sends: a buffer that has been sent as a whole serves the next head.
struct SendBuffers {
    /// The size of those that are used again, in bytes: most heads and small bodies fit.
    static let size = 2048
    /// How many unused ones are kept.
    private static let maxUnused = 64

    private let allocator = ByteBufferAllocator()
    private var unused: [ByteBuffer] = []
    /// The fewest that were unused at any time since the last trim: that many are not needed.
    private var leastUnused = 0
    private var turns = 0

    /// How many unused ones there are.
    var unusedCount: Int { self.unused.count }

    /// A turn of the loop begins.
    mutating func beginTurn() {
        self.turns &+= 1
        guard self.turns == BufferTurns.turnsOfMemory else { return }
        self.unused.removeLast(self.leastUnused)
        self.leastUnused = self.unused.count
        self.turns = 0
    }

    /// An empty buffer of at least this capacity.
    mutating func take(capacity: Int) -> ByteBuffer {
        guard capacity <= Self.size else { return self.allocator.buffer(capacity: capacity) }
        guard let buffer = self.unused.popLast() else { return self.allocator.buffer(capacity: Self.size) }
        self.leastUnused = min(self.leastUnused, self.unused.count)
        return buffer
    }

    /// A buffer has been sent and is no longer needed.
    mutating func giveBack(_ buffer: consuming ByteBuffer) {
        // Any buffer of this size will do if no one else holds it; otherwise a new one is made.
        guard buffer.storageCapacity == Self.size, self.unused.count < Self.maxUnused else { return }
        buffer.clear()
        self.unused.append(buffer)
    }
}
