// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockSockets

/// Who has a body to decompress.
protocol Unpackable: AnyObject {
    /// Decompresses the next slice.
    ///
    /// - Returns: whether there is more to decompress.
    func unpackSlice() -> Bool
}

/// The compressed bodies of one event loop.
///
/// In each turn of the loop one of them has one slice: however many there are, all other connections have their turn
/// between two slices.
final class UnpackingQueue {
    private let eventLoop: SocketLoop
    private var bodies = CircularBuffer<any Unpackable>()
    private var isScheduled = false

    init(on eventLoop: SocketLoop) { self.eventLoop = eventLoop }

    /// Puts a body at the end.
    func add(_ body: any Unpackable) {
        self.bodies.append(body)
        self.schedule()
    }

    private func schedule() {
        guard !self.isScheduled, !self.bodies.isEmpty else { return }
        self.isScheduled = true
        self.eventLoop.later {
            self.isScheduled = false
            if let body = self.bodies.popFirst(), body.unpackSlice() { self.bodies.append(body) }
            self.schedule()
        }
    }
}
