// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// An exchange on behalf of Paddock itself, whose reply is collected: a health probe, one part of a joined list, or a copy of a
/// client's request.
final class Fetch {
    private let loop: LoopContext
    private let reply: CollectedReply
    private let promise: EventLoopPromise<CollectedReply.Reply>
    private var timer: ScheduledAction?
    /// Nil once it has ended.
    private var exchange: Exchange?

    /// The reply; a failure is an ``ErrorCause``.
    var result: EventLoopFuture<CollectedReply.Reply> { self.promise.futureResult }

    /// Sends a request to a backend on a connection of its own.
    ///
    /// - Parameters:
    ///   - request: the request, with its body; it must not be used elsewhere.
    ///   - backend: which backend.
    ///   - timeout: how long it may take.
    ///   - budget: how long the reply's body may be.
    ///   - loop: the event loop's context; the call must be on that loop.
    init(
        _ request: ForwardedRequest,
        to backend: BackendIndex,
        timeout: TimeAmount,
        within budget: CollectedReply.Budget,
        on loop: LoopContext
    ) {
        self.loop = loop
        self.reply = CollectedReply(within: budget)
        self.promise = loop.eventLoop.makePromise()
        let body = RequestBody(from: ClientInput(), forward: request, memory: loop.gateway.memory, loop.allocator)
        let exchange = Exchange(RequestFacts(peer: nil), body, to: self.reply, isOurs: true, on: loop)
        exchange.begin(for: self)
        self.exchange = exchange
        // It retains itself until it has ended, as there may be no other reference.
        self.timer = loop.eventLoop.schedule(at: .now() + timeout) { self.cancel(.timedOut) }
        exchange.send(to: backend)
    }

    /// Ends it, unless it has ended; it fails then.
    func cancel() { self.cancel(.cancelledByAdmin) }

    private func cancel(_ cause: ErrorCause) { self.exchange?.fail(cause) }

    /// Asks a backend on a connection of its own.
    ///
    /// - Parameters:
    ///   - question: what is asked.
    ///   - backend: which backend.
    ///   - timeout: how long it may take.
    ///   - budget: how long the reply's body may be.
    ///   - loop: the event loop's context; the call must be on that loop.
    convenience init(
        _ question: ForwardedRequest.Question,
        to backend: BackendIndex,
        timeout: TimeAmount,
        within budget: CollectedReply.Budget,
        on loop: LoopContext
    ) {
        let request = ForwardedRequest()
        request.begin(question, ownLines: loop.backends.ownLines)
        self.init(request, to: backend, timeout: timeout, within: budget, on: loop)
    }
}

extension Fetch: ExchangeOwner {
    func exchangeEnded(_ next: AfterReply) {
        guard let result = self.reply.result else { preconditionFailure("an exchange that has ended has a result") }
        if let timer = self.timer.take() { self.loop.eventLoop.cancel(timer) }
        // In a turn of its own, so that the exchange has returned before the receiver continues.
        self.loop.eventLoop.later {
            self.exchange?.close()
            self.exchange = nil
            self.promise.completeWith(result.mapError { $0 })
        }
    }

    func deadlineMoved() {}
    func inputDemandChanged() {}
}
