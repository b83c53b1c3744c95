// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The event loops of a process.
package final class SocketLoopGroup: Sendable {
    /// The loops, at least one.
    package let loops: [SocketLoop]

    /// Begins some event loops, each on a thread of its own.
    ///
    /// - Parameter count: how many; at least 1.
    /// - Throws: `IOError` if the process has no descriptors left.
    package init(count: Int) throws {
        self.loops = try (0..<max(1, count)).map { try SocketLoop.start(name: "paddock-loop-\($0)") }
    }

    /// The first of them, for what needs only one.
    package var first: SocketLoop { self.loops[0] }

    /// Closes every connection and ends the threads.
    package func shutDown() async {
        for loop in self.loops {
            await withCheckedContinuation { continuation in loop.end { continuation.resume() } }
        }
    }
}
