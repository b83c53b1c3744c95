// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
internal import NIOCore

/// The memory that one event loop reads into.
///
/// Each read of a turn goes into a buffer of its own: a short one, as requests and lines are short, or a long one if the connection
/// has sent much lately. All are used again in the next turn, and a long one as soon as its bytes have been passed on. If a
/// buffer is still held, new memory takes its place; code that keeps a small part of one copies it.
struct ReceiveBuffers {
    /// The most that one read takes, so that one connection does not keep the others waiting.
    static let maxRead = 16_384
    /// What a short read takes.
    static let shortRead = 4096

    private var short = BufferTurns(size: shortRead)
    private var long = BufferTurns(size: maxRead)

    /// A turn begins: the buffers of the last one are free, unless they are still held.
    mutating func beginTurn() {
        self.short.beginTurn()
        self.long.beginTurn()
    }

    /// The bytes of the latest long read, if that was the last one, have been passed on.
    mutating func freeLatestLong() { self.long.freeLatest() }

    /// Reads what has arrived.
    ///
    /// - Parameters:
    ///   - descriptor: from where.
    ///   - isLong: whether much is expected.
    /// - Returns: how many bytes were read, 0 at the end, or the negative of an error number.
    mutating func receive(from descriptor: Int32, isLong: Bool) -> Int {
        isLong ? self.long.read(descriptor, atMost: Self.maxRead) : self.short.read(descriptor, atMost: Self.shortRead)
    }

    /// What was read last, of one of the two sizes.
    func latest(isLong: Bool) -> ByteBuffer { isLong ? self.long.latest : self.short.latest }
}

/// Buffers of one size that are used in turn, and again in the next turn of the loop.
struct BufferTurns {
    /// The number of turns after which buffers that none of them used are freed.
    static let turnsOfMemory = 256
    /// How many buffers are kept beyond a turn at most: many connections that have something to say at once are rare, and may all
    /// be silent afterwards.
    static let mostKept = 64

    private let size: Int
    private let allocator = ByteBufferAllocator()
    private var buffers: [ByteBuffer] = []
    private var used = 0
    private var mostUsed = 0
    private var turns = 0

    init(size: Int) { self.size = size }

    mutating func beginTurn() {
        if self.used > self.mostUsed { self.mostUsed = self.used }
        self.used = 0
        if self.buffers.count > Self.mostKept { self.buffers.removeLast(self.buffers.count - Self.mostKept) }
        self.turns &+= 1
        if self.turns == Self.turnsOfMemory {
            if self.buffers.count > self.mostUsed { self.buffers.removeLast(self.buffers.count - self.mostUsed) }
            self.turns = 0
            self.mostUsed = 0
        }
    }

    /// The buffer that was read into last is used for the next read, too.
    mutating func freeLatest() {
        guard self.used > 0 else { return }
        if self.used > self.mostUsed { self.mostUsed = self.used }
        self.used -= 1
    }

    /// The buffer that was read into last.
    var latest: ByteBuffer { self.buffers[self.used - 1] }

    /// - Returns: how many bytes were read, 0 at the end, or the negative of an error number.
    mutating func read(_ descriptor: Int32, atMost count: Int) -> Int {
        if self.used == self.buffers.count { self.buffers.append(self.allocator.buffer(capacity: self.size)) }
        let result = Self.read(descriptor, into: &self.buffers[self.used], atMost: count)
        if result > 0 { self.used += 1 }
        return result
    }

    @inline(__always)
    private static func read(_ descriptor: Int32, into buffer: inout ByteBuffer, atMost count: Int) -> Int {
        buffer.clear()
        // It is empty, so that all of its memory is to be written to.
        let result = buffer.withVeryUnsafeMutableBytes {
            paddock_receive(descriptor, $0.baseAddress, min(count, $0.count))
        }
        if result > 0 { buffer.moveWriterIndex(to: result) }
        return result
    }
}
