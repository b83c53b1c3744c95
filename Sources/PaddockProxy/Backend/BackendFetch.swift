// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP
internal import PaddockSockets

/// A request of our own to a backend, whose reply is collected: a health probe, one part of a joined list, or a copy of a
/// client's request.
final class BackendFetch: BackendExchange {
    /// What is asked.
    struct Question {
        /// The path, with its query.
        var target: String
        /// The id to send along.
        var requestID: String
        /// Further header fields, each with its line break.
        var fields: [UInt8] = Array("User-Agent: paddock\r\n".utf8)
        /// The fields in whose place a backend gets its own key, each with its line break.
        var credentials: [UInt8] = []
    }

    /// What is sent.
    enum Content {
        /// A question of ours.
        case question(Question)
        /// A client's request with its body; nobody else may use it.
        case request(ForwardedRequest)
    }

    /// A reply in full.
    struct Reply: Sendable {
        var status: Int
        var fields: [HeaderField]
        var body: ByteBuffer
    }

    /// How many bytes of bodies may still come, for all fetches that share it.
    final class Budget {
        let limit: Int
        fileprivate var left: Int

        init(_ limit: Int) {
            self.limit = limit
            self.left = limit
        }
    }

    let wantsPlainData = true
    private let loop: LoopContext
    private let content: Content
    private let budget: Budget
    private let promise: EventLoopPromise<Reply>
    private var attempt: BackendAttempt?
    private var backend: BackendHandler?
    private var reply = Reply(status: 0, fields: [], body: ByteBuffer())
    private var timer: ScheduledAction?
    private var isDone = false

    /// The reply; a failure is an `ExchangeError`.
    var result: EventLoopFuture<Reply> { self.promise.futureResult }

    /// Asks a backend on a connection of its own.
    ///
    /// - Parameters:
    ///   - content: what is sent.
    ///   - backend: which backend.
    ///   - timeout: how long it may take.
    ///   - budget: how long the reply's body may be.
    ///   - loop: the event loop's context; the call must come on that loop.
    init(_ content: Content, to backend: Int, timeout: TimeAmount, budget: Budget, on loop: LoopContext) {
        self.loop = loop
        self.content = content
        self.budget = budget
        self.promise = loop.eventLoop.makePromise()
        self.timer = loop.eventLoop.schedule(at: .now() + timeout) { self.end(.failure(ExchangeError(.timedOut))) }
        self.attempt = loop.connectAnew(self, to: backend)
    }

    /// Ends it, where it has not ended; it fails then.
    func cancel() { self.end(.failure(ExchangeError(.cancelledByAdmin))) }

    /// Asks a backend on a connection of its own.
    ///
    /// - Parameters:
    ///   - path: the path, with its query.
    ///   - backend: which backend.
    ///   - requestID: the id to send along.
    ///   - timeout: how long it may take.
    ///   - maxBodyBytes: how long the reply's body may be. Defaults to 16 MiB.
    ///   - loop: the event loop's context; the call must come on that loop.
    /// - Returns: the reply; a failure is an `ExchangeError`.
    static func get(
        _ path: String,
        from backend: Int,
        requestID: String,
        timeout: TimeAmount,
        maxBodyBytes: Int = 16 << 20,
        on loop: LoopContext
    ) -> EventLoopFuture<Reply> {
        let question = Content.question(Question(target: path, requestID: requestID))
        return BackendFetch(question, to: backend, timeout: timeout, budget: Budget(maxBodyBytes), on: loop).result
    }

    /// Sends a backend the request of a client, on a connection of its own.
    ///
    /// - Parameters:
    ///   - request: the request, with its body; nobody else may use it.
    ///   - backend: which backend.
    ///   - timeout: how long it may take.
    ///   - maxBodyBytes: how long the reply's body may be.
    ///   - loop: the event loop's context; the call must come on that loop.
    /// - Returns: the reply; a failure is an `ExchangeError`.
    static func send(
        _ request: ForwardedRequest,
        to backend: Int,
        timeout: TimeAmount,
        maxBodyBytes: Int,
        on loop: LoopContext
    ) -> EventLoopFuture<Reply> {
        BackendFetch(.request(request), to: backend, timeout: timeout, budget: Budget(maxBodyBytes), on: loop).result
    }

    func backendConnected(_ backend: BackendHandler) {
        self.attempt = nil
        self.backend = backend
        backend.begin(self, isReplyToHead: false)
        let target = self.loop.gateway.backends[backend.backend]
        switch self.content {
        case .question(let question): self.ask(question, target, backend)
        case .request(let request):
            let (first, rest) = request.finished(hostLine: target.hostLine, keyLine: target.keyLine)
            backend.write(first)
            for piece in rest { backend.write(piece) }
        }
        backend.flush()
    }

    private func ask(_ question: Question, _ target: Backend, _ backend: BackendHandler) {
        var request = self.loop.allocator.buffer(capacity: 256)
        request.writeString("GET \(question.target) HTTP/1.1\r\n")
        request.writeString(target.hostLine)
        request.writeBytes(question.fields)
        if let keyLine = target.keyLine {
            request.writeString(keyLine)
        } else {
            request.writeBytes(question.credentials)
        }
        request.writeString("X-Request-Id: \(question.requestID)\r\nConnection: close\r\n\r\n")
        backend.write(request)
    }

    func connectFailed(_ failure: ExchangeFailure) {
        self.attempt = nil
        self.end(.failure(ExchangeError(failure)))
    }

    /// Only on connections that were kept.
    func backendTookNothing(_ unsent: [ByteBuffer]) { self.end(.failure(ExchangeError(.backendBrokeOff))) }

    func interimReply(_ head: MessageHead, _ bytes: ByteBuffer) {}

    func replyHead(_ head: MessageHead, _ bytes: ByteBuffer, framing: BodyFraming) {
        self.reply.status = head.status
        self.reply.fields = head.endToEndFields(bytes.readableBytesUInt8Span)
    }

    func replyBytes(_ bytes: ByteBuffer) {
        guard self.budget.left >= bytes.readableBytes else {
            let reason = "its answer is larger than \(self.budget.limit >> 20) MiB"
            return self.end(.failure(ExchangeError(.backendSpokeNonsense(reason))))
        }
        self.budget.left -= bytes.readableBytes
        self.reply.body.writeImmutableBuffer(bytes)
    }

    func replyBurstEnded() {}

    func replyEnded(isReusable: Bool) {
        self.end(.success(self.reply))
    }

    func backendLost(_ failure: ExchangeFailure) {
        self.end(.failure(ExchangeError(failure)))
    }

    func backendWritabilityChanged() {}

    private func end(_ result: Result<Reply, any Error>) {
        guard !self.isDone else { return }
        self.isDone = true
        if let timer = self.timer.take() { self.loop.eventLoop.cancel(timer) }
        if let attempt = self.attempt.take() { attempt.abandon() }
        self.backend?.close()
        self.backend = nil
        // What came in vain takes nothing from the others.
        if case .failure = result { self.budget.left += self.reply.body.readableBytes }
        self.promise.completeWith(result)
    }
}

/// A failure of an exchange, thrown.
struct ExchangeError: Error {
    let failure: ExchangeFailure

    init(_ failure: ExchangeFailure) { self.failure = failure }
}
