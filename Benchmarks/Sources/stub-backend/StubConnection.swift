// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport
import Glibc

/// One connection of a proxy to the stub: what it has not parsed yet, and what it has not been able to send yet.
final class StubConnection {
    let descriptor: Int32
    private(set) var isOpen = true
    /// The start of a head whose end has not come yet.
    var unparsed: [UInt8] = []
    /// Bytes of the request's body that are still to come.
    var bodyRemaining = 0
    /// The answer to give when the body has come.
    var script: StubScript?
    /// Lines still to be sent.
    ///
    /// nil when no stream is open; 0 when only its end is missing.
    var linesRemaining: Int?
    private var unsent: [UInt8] = []
    private let poll: EventPoll

    /// True while the other side does not read what it was sent.
    var isBlocked: Bool {
        !self.unsent.isEmpty
    }

    init(descriptor: Int32, poll: EventPoll) {
        self.descriptor = descriptor
        self.poll = poll
        poll.add(descriptor, for: .read)
    }

    func close() {
        guard self.isOpen else {
            return
        }
        self.isOpen = false
        self.linesRemaining = nil
        Glibc.close(self.descriptor)
    }

    /// Sends bytes in one write; what the socket does not take follows when it is writable again.
    func send(_ bytes: UnsafeRawBufferPointer) {
        guard self.isOpen else {
            return
        }
        guard !self.isBlocked else {
            self.unsent.append(contentsOf: bytes)
            return
        }
        let sent = Loopback.send(bytes, to: self.descriptor)
        if sent < 0, errno != EAGAIN {
            self.close()
        } else if sent < bytes.count {
            self.unsent.append(contentsOf: bytes.dropFirst(max(0, sent)))
            self.poll.modify(self.descriptor, for: [.read, .write])
        }
    }

    /// The socket is writable again.
    func sendRest() {
        let bytes = self.unsent
        self.unsent = []
        self.poll.modify(self.descriptor, for: .read)
        bytes.withUnsafeBytes { self.send($0) }
    }
}
