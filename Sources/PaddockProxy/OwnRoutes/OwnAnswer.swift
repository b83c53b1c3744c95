// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
internal import Synchronization

/// How a request to an own route is answered.
package enum OwnAnswer: Sendable {
    /// At once.
    case now(OwnReply)
    /// Later, from any thread: what is given is called at once, on the client's event loop, and must not block.
    case later(@Sendable (OwnResponder) -> Void)
}

/// Takes the answer to one request when it is ready. If it is released without an answer, it answers with an error.
package final class OwnResponder: Sendable {
    /// The client's event loop.
    let loop: any EventLoop
    private let hasReplied = Atomic(false)
    private let deliver: @Sendable (OwnReply) -> Void

    /// - Parameters:
    ///   - loop: the client's event loop.
    ///   - deliver: called once, on that loop.
    package init(on loop: any EventLoop, _ deliver: @escaping @Sendable (OwnReply) -> Void) {
        self.loop = loop
        self.deliver = deliver
    }

    deinit {
        if self.hasReplied.load(ordering: .relaxed) { return }
        let (loop, deliver) = (self.loop, self.deliver)
        loop.execute { deliver(OwnReply(ErrorReply(500, "internal_error", "there is no answer"))) }
    }

    /// Answers, from any thread. Only the first answer counts.
    package func reply(_ reply: OwnReply) { self.loop.execute { self.replyOnLoop(reply) } }

    /// Answers on the client's event loop.
    func replyOnLoop(_ reply: OwnReply) {
        if self.hasReplied.exchange(true, ordering: .relaxed) { return }
        self.deliver(reply)
    }
}
