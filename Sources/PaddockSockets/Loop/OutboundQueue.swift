// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
internal import NIOCore

/// What has been written to a connection and not been taken by the kernel yet.
struct OutboundQueue {
    /// Pieces smaller than this are copied together when they have to wait, as each may hold the memory of many others.
    private static let copiedBytes = 16_384
    /// How much is copied together at most.
    private static let blockBytes = 65_536
    /// How many pieces one call gives to the kernel.
    private static let maxPieces = 16

    /// The only piece, which needs no list; nil if there are more, or none.
    private var only: ByteBuffer?
    private var pieces: [ByteBuffer] = []
    /// The first piece that is not sent.
    private var first = 0
    /// The pieces before this one have waited already and hold no memory but their own.
    private var settled = 0
    /// Bytes that wait.
    private(set) var byteCount = 0
    /// Bytes that were ever written; minus `byteCount`, those that were sent.
    private(set) var writtenCount = 0

    /// The memory of what waits, in bytes.
    var heldBytes: Int { self.pieces.reduce(self.only?.storageCapacity ?? 0) { $0 + $1.storageCapacity } }

    var isEmpty: Bool { self.byteCount == 0 }

    mutating func append(_ bytes: consuming ByteBuffer) {
        let count = bytes.readableBytes
        guard count > 0 else { return }
        if self.byteCount == 0 {
            self.only = bytes
        } else {
            self.makeList()
            self.pieces.append(bytes)
        }
        self.byteCount += count
        self.writtenCount += count
    }

    private mutating func makeList() {
        if let only = self.only.take() { self.pieces.append(only) }
    }

    /// Gives the kernel what it takes.
    ///
    /// - Parameters:
    ///   - descriptor: the connection.
    ///   - sent: called with a buffer that has been sent as a whole. Defaults to nothing.
    /// - Returns: nil if it took everything or has no room for more; else the error number.
    mutating func send(to descriptor: Int32, _ sent: (consuming ByteBuffer) -> Void = { _ in }) -> Int32? {
        if let only = self.only.take() {
            let count = only.withUnsafeReadableBytes { paddock_send(descriptor, $0.baseAddress, $0.count) }
            if count == self.byteCount {
                self.byteCount = 0
                // Given away, as its memory serves again only if nobody else holds it.
                sent(consume only)
                return nil
            }
            self.only = only
            guard count > 0 || count == -paddock_would_block else { return Int32(-count) }
            self.makeList()
            guard count > 0 else {
                self.settle()
                return nil
            }
            self.drop(count, sent)
        }
        while self.byteCount > 0 {
            let result = self.pieces.count - self.first == 1 ? self.sendOne(descriptor) : self.sendSeveral(descriptor)
            switch result {
            case 1...: self.drop(result, sent)
            case 0, -paddock_would_block:
                self.settle()
                return nil
            default: return Int32(-result)
            }
        }
        return nil
    }

    private func sendOne(_ descriptor: Int32) -> Int {
        self.pieces[self.first].withUnsafeReadableBytes { paddock_send(descriptor, $0.baseAddress, $0.count) }
    }

    private func sendSeveral(_ descriptor: Int32) -> Int {
        let count = min(self.pieces.count - self.first, Self.maxPieces)
        return withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { vectors in
            for index in 0..<count {
                // The bytes stay in place while their storage is held, as `pieces` does.
                let bytes = self.pieces[self.first + index].withUnsafeReadableBytesWithStorageManagement { bytes, _ in
                    bytes
                }
                vectors[index] = iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                    iov_len: bytes.count
                )
            }
            return paddock_send_pieces(descriptor, vectors.baseAddress, Int32(count))
        }
    }

    private mutating func drop(_ count: Int, _ sent: (consuming ByteBuffer) -> Void) {
        self.byteCount -= count
        var left = count
        while left > 0 {
            let piece = self.pieces[self.first].readableBytes
            guard left >= piece else { return self.pieces[self.first].moveReaderIndex(forwardBy: left) }
            left -= piece
            // Its memory is free, or serves again, before the others are sent.
            sent(Swift.exchange(&self.pieces[self.first], with: ByteBuffer()))
            self.first += 1
        }
        if self.byteCount == 0 { self.removeAllPieces() }
    }

    /// Copies what has to wait out of the memory that it shares.
    private mutating func settle() {
        var kept: [ByteBuffer] = Array(self.pieces[self.first..<max(self.first, self.settled)])
        for piece in self.pieces[max(self.first, self.settled)...] {
            if piece.readableBytes >= Self.copiedBytes {
                kept.append(piece)
            } else if let last = kept.indices.last, kept[last].writableBytes >= piece.readableBytes,
                kept[last].storageCapacity <= Self.blockBytes
            {
                kept[last].writeImmutableBuffer(piece)
            } else {
                var block = ByteBufferAllocator().buffer(capacity: piece.readableBytes * 2)
                block.writeImmutableBuffer(piece)
                kept.append(block)
            }
        }
        self.pieces = kept
        self.first = 0
        self.settled = kept.count
    }

    private mutating func removeAllPieces() {
        self.pieces.removeAll(keepingCapacity: self.pieces.count <= Self.maxPieces)
        self.first = 0
        self.settled = 0
    }

    /// Takes what waits out of it.
    mutating func takeAll() -> [ByteBuffer] {
        self.makeList()
        let waiting = Array(self.pieces[self.first...])
        self.removeAll()
        return waiting
    }

    /// Forgets what waits.
    mutating func removeAll() {
        self.removeAllPieces()
        self.only = nil
        self.byteCount = 0
    }
}
