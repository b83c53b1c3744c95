// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

extension ByteBuffer {
    /// The bytes in memory of their own, where they are a small part of what they share with others.
    func kept(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        guard self.readableBytes > 0 else { return ByteBuffer() }
        guard self.storageCapacity > 2 * self.readableBytes + 1024 else { return self }
        var copy = allocator.buffer(capacity: self.readableBytes)
        copy.writeImmutableBuffer(self)
        return copy
    }
}
