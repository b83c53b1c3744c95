// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import CSockets

/// The other end of a connection, which a test plays. Nothing it does waits.
package final class Peer {
    /// The socket; negative once it is closed.
    package private(set) var descriptor: Int32

    /// Takes a socket over.
    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { self.close() }

    /// Two sockets that are connected: a descriptor for what is tested, and the other end.
    package static func pair() -> (near: Int32, far: Peer) {
        var descriptors: [Int32] = [0, 0]
        precondition(paddock_socket_pair(&descriptors) == 0, "the system has no sockets")
        return (descriptors[0], Peer(descriptors[1]))
    }

    /// Sends bytes.
    ///
    /// - Returns: how many were taken.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Int { max(0, paddock_send(self.descriptor, bytes, bytes.count)) }

    /// Sends a text.
    ///
    /// - Returns: how many bytes were taken.
    @discardableResult
    package func send(_ text: String) -> Int { self.send(Array(text.utf8)) }

    /// All that has come; nil once that is the end.
    package func receive() -> [UInt8]? {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = paddock_receive(self.descriptor, &piece, piece.count)
            if count <= 0 { return count == 0 && all.isEmpty ? nil : all }
            all += piece[..<count]
        }
    }

    /// All that has come, as a text; nil once that is the end.
    package func receiveText() -> String? { self.receive().map { String(decoding: $0, as: UTF8.self) } }

    /// Says that nothing more comes.
    package func end() { _ = paddock_end_output(self.descriptor) }

    /// Closes the connection.
    package func close() {
        guard self.descriptor >= 0 else { return }
        _ = paddock_close(self.descriptor)
        self.descriptor = -1
    }
}
