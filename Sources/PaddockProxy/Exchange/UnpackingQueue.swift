// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockSockets

/// The clients of one event loop whose bodies are being unpacked.
///
/// In each turn of the loop one of them has one slice: however many there are, all other connections have their turn
/// between two slices.
final class UnpackingQueue {
    private let eventLoop: SocketLoop
    private var clients = CircularBuffer<ClientHandler>()
    private var isScheduled = false

    init(on eventLoop: SocketLoop) { self.eventLoop = eventLoop }

    /// Puts a client at the end.
    func add(_ client: ClientHandler) {
        self.clients.append(client)
        self.schedule()
    }

    private func schedule() {
        guard !self.isScheduled, !self.clients.isEmpty else { return }
        self.isScheduled = true
        self.eventLoop.later {
            self.isScheduled = false
            if let client = self.clients.popFirst(), client.unpackSlice() { self.clients.append(client) }
            self.schedule()
        }
    }
}
