// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// A stream that began while its request waited: its head and its chunks are ours.
struct OwnStream {
    /// Of a backend's refusal, this much is passed on in the stream.
    private static let maxRefusalBytes = 65_536

    /// How its events end so far.
    private(set) var lastBytes: (UInt8, UInt8) = (.lineFeed, .lineFeed)
    /// What the backend refuses the request with; nil if its reply is a stream.
    private var refusal: ByteBuffer?

    /// The backend's reply is not a stream.
    mutating func refuse() { self.refusal = ByteBuffer() }

    /// What the backend refused the request with; nil if its reply is a stream.
    var refusalText: String? { self.refusal.map { String(buffer: $0) } }

    /// Takes bytes of a refusal.
    ///
    /// - Returns: whether the reply is one; if not, the bytes belong to the stream.
    mutating func collect(_ bytes: ByteBuffer) -> Bool {
        guard let collected = self.refusal?.readableBytes else { return false }
        let room = Self.maxRefusalBytes - collected
        if let piece = bytes.getSlice(at: bytes.readerIndex, length: min(room, bytes.readableBytes)) {
            self.refusal?.writeImmutableBuffer(piece)
        }
        return true
    }

    /// Takes note of data that is written.
    mutating func note(_ bytes: ByteBuffer) {
        let view = bytes.readableBytesView
        guard let last = view.last else { return }
        self.lastBytes = (view.dropLast().last ?? self.lastBytes.1, last)
    }
}
