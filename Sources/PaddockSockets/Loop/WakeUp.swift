// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets

/// Lets other threads wake an event loop that waits.
final class WakeUp: Sendable {
    /// What the event loop waits for.
    let descriptor: Int32
    private let writer: Int32

    init() throws {
        var descriptors: [Int32] = [0, 0]
        try SystemCall.check(paddock_waker(&descriptors), "eventfd or pipe")
        self.descriptor = descriptors[0]
        self.writer = descriptors[1]
    }

    deinit {
        _ = paddock_close(self.descriptor)
        if self.writer != self.descriptor { _ = paddock_close(self.writer) }
    }

    /// Wakes the loop.
    func wake() { _ = paddock_wake(self.writer) }

    /// The loop is awake.
    func woken() { paddock_woken(self.descriptor) }
}
