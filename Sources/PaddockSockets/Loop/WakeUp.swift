// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets

/// Lets other threads wake an event loop that waits.
final class WakeUp: Sendable {
    private let reader: Int32
    private let writer: Int32

    init() throws {
        var descriptors: [Int32] = [0, 0]
        try SystemCall.check(paddock_pipe(&descriptors), "pipe")
        self.reader = descriptors[0]
        self.writer = descriptors[1]
    }

    deinit {
        _ = paddock_close(self.reader)
        _ = paddock_close(self.writer)
    }

    /// What the event loop waits for.
    var descriptor: Int32 { self.reader }

    /// Wakes the loop. A full pipe wakes it, too.
    func wake() {
        var byte: UInt8 = 0
        _ = paddock_write(self.writer, &byte, 1)
    }

    /// The loop is awake.
    func clear() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { bytes in
            _ = paddock_read(self.reader, bytes.baseAddress, bytes.count)
        }
    }
}
