// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// A connection that leaves its work to the end of a turn of its event loop.
protocol LoopConnection: AnyObject {
    /// The turns of its event loop.
    var turn: LoopTurn { get }
    /// Its place in the channel's pipeline; nil once it has none.
    var context: ChannelHandlerContext? { get }
    /// Whether it is to send what has been written at the end of this turn; for `flush` and `flushNow` alone.
    var isFlushDue: Bool { get set }
    /// Works off what has been read.
    func workOff()
    /// Sends what has been written.
    func flushNow()
}

extension LoopConnection {
    /// Sends what has been written, at the end of the turn.
    func flush() {
        guard !self.isFlushDue else { return }
        self.isFlushDue = true
        self.turn.hasWritten(self)
    }

    /// Sends what has been written.
    func flushNow() {
        self.isFlushDue = false
        self.context?.flush()
    }
}

/// A turn of an event loop: first everything that has come is read, then all of it is worked off, then everything is sent.
///
/// Where one connection has something to do it makes no difference. Where many have, the code of each of the three steps, the
/// kernel's and ours, stays in the processor's caches, and whoever is woken by a first reply finds the others there, too. The
/// measurements are in docs/design.md.
final class LoopTurn {
    private let eventLoop: any EventLoop
    private var read: [any LoopConnection] = []
    private var written: [any LoopConnection] = []
    private var isEndScheduled = false

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// A connection has read something to work off.
    func hasRead(_ connection: any LoopConnection) {
        self.read.append(connection)
        self.scheduleEnd()
    }

    /// A connection has written something to send.
    func hasWritten(_ connection: any LoopConnection) {
        self.written.append(connection)
        self.scheduleEnd()
    }

    private func scheduleEnd() {
        guard !self.isEndScheduled else { return }
        self.isEndScheduled = true
        // An event loop looks at its tasks once it has handled all events that there were.
        self.eventLoop.assumeIsolated().execute { self.end() }
    }

    private func end() {
        while !self.read.isEmpty || !self.written.isEmpty {
            // By index, as what one does may give others something to send.
            var index = 0
            while index < self.read.count {
                self.read[index].workOff()
                index += 1
            }
            self.read.removeAll(keepingCapacity: true)
            index = 0
            while index < self.written.count {
                self.written[index].flushNow()
                index += 1
            }
            self.written.removeAll(keepingCapacity: true)
        }
        self.isEndScheduled = false
    }
}
