// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

// What each request does to its buffers: NIO's own ways to do it are calls that cost more than the work.
extension ByteBuffer {
    /// Gives the bytes that can be read.
    @inline(__always)
    func withSpan<Result, Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
        try self.withUnsafeReadableBytes { (bytes) throws(Failure) in
            try body(bytes.assumingMemoryBound(to: UInt8.self).span)
        }
    }

    /// Writes behind what has been written.
    ///
    /// - Parameters:
    ///   - capacity: the most bytes that are written.
    ///   - write: is given the memory, and returns how many bytes it has written.
    @inline(__always)
    mutating func writeInPlace(atMost capacity: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
        self.reserveCapacity(minimumWritableBytes: capacity)
        let start = self.writerIndex
        let count = self.withVeryUnsafeMutableBytes { bytes in
            write(
                UnsafeMutableRawBufferPointer(start: bytes.baseAddress.map { $0 + start }, count: bytes.count - start)
            )
        }
        self.moveWriterIndex(forwardBy: count)
    }

    /// Appends bytes.
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        self.writeInPlace(atMost: bytes.count) { target in
            target.copyMemory(from: bytes)
            return bytes.count
        }
    }
}
