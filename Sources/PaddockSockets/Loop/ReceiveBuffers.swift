// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
internal import NIOCore

/// The memory that one event loop reads into.
///
/// What is short, as requests and lines are, is read into buffers that the loop keeps: the first read of a turn into the first of
/// them, the next into the next. Each is used again in the next turn, unless somebody still holds it. What is long is read into
/// one large block, and copied out of it.
final class ReceiveBuffers {
    /// The most that one read takes, so that one connection does not keep the others waiting.
    static let maxRead = 65_536
    /// What a short read takes.
    private static let shortRead = 4096

    enum Received {
        case bytes(ByteBuffer)
        case end
        case nothing
        case failed(Int32)
    }

    private var short: [ByteBuffer] = []
    private var next = 0
    private let long = UnsafeMutableRawBufferPointer.allocate(byteCount: maxRead, alignment: 16)
    private let allocator = ByteBufferAllocator()

    deinit { self.long.deallocate() }

    /// A turn begins: nobody needs the buffers of the last one any more, or else holds them.
    func beginTurn() { self.next = 0 }

    /// Reads what has come.
    ///
    /// - Parameters:
    ///   - descriptor: from where.
    ///   - isLong: whether much is expected; whether the last read was as long as one can be that expects little.
    func receive(from descriptor: Int32, isLong: inout Bool) -> Received {
        isLong ? self.receiveLong(descriptor, &isLong) : self.receiveShort(descriptor, &isLong)
    }

    private func receiveShort(_ descriptor: Int32, _ isLong: inout Bool) -> Received {
        if self.next == self.short.count { self.short.append(self.allocator.buffer(capacity: Self.shortRead)) }
        self.short[self.next].clear()
        let result = self.short[self.next].withUnsafeMutableWritableBytes {
            paddock_receive(descriptor, $0.baseAddress, Self.shortRead)
        }
        guard result > 0 else { return Self.nothing(result) }
        self.short[self.next].moveWriterIndex(to: result)
        isLong = result == Self.shortRead
        self.next += 1
        return .bytes(self.short[self.next - 1])
    }

    private func receiveLong(_ descriptor: Int32, _ isLong: inout Bool) -> Received {
        let result = paddock_receive(descriptor, self.long.baseAddress, self.long.count)
        guard result > 0 else { return Self.nothing(result) }
        isLong = result >= Self.shortRead
        var bytes = self.allocator.buffer(capacity: result)
        bytes.writeBytes(UnsafeRawBufferPointer(rebasing: self.long[..<result]))
        return .bytes(bytes)
    }

    private static func nothing(_ result: Int) -> Received {
        switch result {
        case 0: .end
        case -paddock_would_block: .nothing
        default: .failed(Int32(-result))
        }
    }
}
