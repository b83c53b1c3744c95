// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// The end of a stream whose client has left with the final event: OpenAI's libraries close at `data: [DONE]`, and servers in
/// Go and llama.cpp's send the end of the chunks in a write of its own.
///
/// It holds the slot, and the backend's connection until the reply has ended, so that the connection can be kept. A backend that
/// does not end it soon loses the connection.
final class FinishingReply: BackendUser {
    /// How long a backend has to end a reply whose final event has gone out.
    static let patience = TimeAmount.milliseconds(100)

    let wantsPlainData = false
    private let loop: LoopContext
    private let ending: Ending
    private let progress: ReplyProgress
    private var lease: SlotLease?
    private var backend: BackendConnection?
    private var timer: ScheduledAction?

    /// - Parameters:
    ///   - backend: the connection that carries the rest of the reply.
    ///   - lease: the slot, if the request has one.
    ///   - ending: how it ended.
    ///   - progress: what was relayed since the last report to the admission.
    ///   - loop: the event loop's context.
    init(
        _ backend: BackendConnection,
        _ lease: consuming SlotLease?,
        _ ending: Ending,
        _ progress: ReplyProgress,
        on loop: LoopContext
    ) {
        self.loop = loop
        self.ending = ending
        self.progress = progress
        self.lease = lease
        self.backend = backend
        backend.hand(to: self)
        // A client that took its time may have stopped it.
        backend.setReadsPaused(false)
        self.timer = loop.eventLoop.schedule(at: .now() + Self.patience) { self.end(isReusable: false) }
    }

    func replyEnded(isReusable: Bool) { self.end(isReusable: isReusable) }
    func backendLost(_ failure: ErrorCause) { self.end(isReusable: false) }

    func backendConnected(_ backend: BackendConnection) {}
    func connectFailed(_ failure: ErrorCause) {}
    func backendTookNothing(_ unsent: [ByteBuffer], isNew: Bool) {}
    func interimReply(_ head: borrowing MessageHead, _ bytes: ByteBuffer) {}
    func replyHead(_ head: borrowing MessageHead, _ bytes: ByteBuffer, framing: BodyFraming) {}
    func replyBytes(_ bytes: ByteBuffer) {}
    func replyBurstEnded() {}
    func backendWritabilityChanged() {}

    private func end(isReusable: Bool) {
        guard let backend = self.backend.take() else { return }
        if let timer = self.timer.take() { self.loop.eventLoop.cancel(timer) }
        if isReusable { self.loop.backends.keep(backend) } else { backend.close() }
        if let lease = self.lease.take() { lease.end(self.ending, self.progress, now: .now()) }
    }
}
