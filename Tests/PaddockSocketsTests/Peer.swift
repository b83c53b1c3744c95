// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockTesting
import Testing

@testable import PaddockSockets

extension Peer {
    /// A connection on a loop, and its other end.
    static func pair(
        _ loop: SocketLoop,
        noticesEndWhilePaused: Bool = false,
        filter: (any ByteFilter)? = nil
    ) throws -> (Connection, Peer) {
        let (near, far) = Self.pair()
        let connection = try Connection(
            ConnectedSocket(near),
            on: loop,
            noticesEndWhilePaused: noticesEndWhilePaused,
            filter: filter
        )
        return (connection, far)
    }
}

/// Notes what happens to connections, in order.
final class Journal {
    var lines: [String] = []
}

/// A delegate that records its calls, and may answer.
final class Listener: ConnectionDelegate {
    private let name: String
    private let journal: Journal
    var onReceive: (ByteBuffer) -> Void = { _ in }
    var onEnd: () -> Void = {}

    init(_ name: String, _ journal: Journal) {
        self.name = name
        self.journal = journal
    }

    func received(_ bytes: ByteBuffer) {
        self.journal.lines.append("\(self.name) got \(bytes.readableBytes)")
        self.onReceive(bytes)
    }

    func tookNothing(_ unsent: [ByteBuffer]) {
        self.journal.lines.append("\(self.name) unsent \(unsent.map { String(buffer: $0) })")
    }

    func peerEnded() {
        self.journal.lines.append("\(self.name) peer ended")
        self.onEnd()
    }

    func writabilityChanged() { self.journal.lines.append("\(self.name) writability") }

    func closed(isBroken: Bool) { self.journal.lines.append("\(self.name) \(isBroken ? "broken" : "closed")") }
}
