// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockCluster
internal import PaddockClusterLink
internal import Synchronization

/// What threads say about requests, until the thread of the node sends all of it at once.
final class Outbox: Sendable {
    private struct State {
        /// For each member what fits into one message, the first one first.
        var messages: [MemberID: [ByteBuffer]] = [:]
        /// Whether somebody has been asked to take out what is in the box now, and whether a time was set for it.
        var isCalled = false
        var isTimed = false
        var isClosed = false

        mutating func errand(isUrgent: Bool) -> Errand {
            if self.isCalled || !isUrgent && self.isTimed { return .nothing }
            if isUrgent { self.isCalled = true } else { self.isTimed = true }
            return isUrgent ? .sendNow : .sendSoon
        }
    }

    private let state = Mutex(State())

    /// What whoever has added something has to see to.
    enum Errand: Hashable {
        /// Somebody else has been asked already.
        case nothing
        /// That what is in the box is taken out.
        case sendNow
        /// The same a little later, with ``timeIsOver()``.
        case sendSoon
    }

    /// Adds something for a member.
    func add(for member: MemberID, isUrgent: Bool = true, _ write: (inout LinkWriter) -> Void) -> Errand {
        self.state.withLock { state in
            guard !state.isClosed else { return .nothing }
            var buffers = state.messages.removeValue(forKey: member) ?? []
            var link = LinkWriter(buffers.popLast() ?? ByteBuffer())
            let length = link.buffer.readableBytes
            write(&link)
            if length > 0, link.buffer.readableBytes > NodeMessage.maxBytes {
                buffers += link.split(after: length)
            } else {
                buffers.append(link.buffer)
            }
            state.messages[member] = buffers
            return state.errand(isUrgent: isUrgent)
        }
    }

    /// Takes out what is in the box.
    func takeAll() -> [MemberID: [ByteBuffer]] {
        self.state.withLock { state in
            defer { (state.messages, state.isCalled) = ([:], false) }
            return state.messages
        }
    }

    /// The time that was set has come.
    func timeIsOver() { self.state.withLock { $0.isTimed = false } }

    /// Takes nothing any more.
    func close() {
        self.state.withLock { $0 = State(isClosed: true) }
    }
}
