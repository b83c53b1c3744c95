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
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Adds something for a member.
    ///
    /// - Returns: Whether the box was empty, so that somebody has to take out what is in it.
    func add(for member: MemberID, _ write: (inout LinkWriter) -> Void) -> Bool {
        self.state.withLock { state in
            guard !state.isClosed else { return false }
            let isFirst = state.messages.isEmpty
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
            return isFirst
        }
    }

    /// Takes out what is in the box.
    func takeAll() -> [MemberID: [ByteBuffer]] {
        self.state.withLock { state in
            defer { state.messages = [:] }
            return state.messages
        }
    }

    /// Takes nothing any more.
    func close() {
        self.state.withLock { $0 = State(isClosed: true) }
    }
}
