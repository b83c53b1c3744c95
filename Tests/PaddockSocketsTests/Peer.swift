// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import CSockets
import NIOCore
import Testing

@testable import PaddockSockets

/// The other end of a connection, driven by a test. Nothing it does waits.
final class Peer {
    private(set) var descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { self.close() }

    /// A connection on a loop, and its other end.
    static func pair(
        _ loop: SocketLoop,
        noticesEndWhilePaused: Bool = false,
        filter: (any ByteFilter)? = nil
    ) throws -> (Connection, Peer) {
        var descriptors: [Int32] = [0, 0]
        try SystemCall.check(paddock_socket_pair(&descriptors), "socketpair")
        let connection = try Connection(
            ConnectedSocket(descriptors[0]),
            on: loop,
            noticesEndWhilePaused: noticesEndWhilePaused,
            filter: filter
        )
        return (connection, Peer(descriptors[1]))
    }

    /// - Returns: how many of the bytes were taken.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int { max(0, paddock_send(self.descriptor, bytes, bytes.count)) }

    func send(_ text: String) { self.send(Array(text.utf8)) }

    /// All that has arrived; nil at the end.
    func receive() -> [UInt8]? {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = paddock_receive(self.descriptor, &piece, piece.count)
            if count == 0 { return all.isEmpty ? nil : all }
            if count < 0 { return all }
            all += piece[..<count]
        }
    }

    func receiveText() -> String? { self.receive().map { String(decoding: $0, as: UTF8.self) } }

    /// Ends sending.
    func end() { _ = paddock_end_output(self.descriptor) }

    func close() {
        guard self.descriptor >= 0 else { return }
        _ = paddock_close(self.descriptor)
        self.descriptor = -1
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

    func wasNotSilent(_ unsent: [ByteBuffer]) {
        self.journal.lines.append("\(self.name) unsent \(unsent.map { String(buffer: $0) })")
    }

    func peerEnded() {
        self.journal.lines.append("\(self.name) peer ended")
        self.onEnd()
    }

    func writabilityChanged() { self.journal.lines.append("\(self.name) writability") }

    func closed(isBroken: Bool) { self.journal.lines.append("\(self.name) \(isBroken ? "broken" : "closed")") }
}
