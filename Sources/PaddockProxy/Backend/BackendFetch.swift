// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// A request of our own to a backend, whose reply is collected: a health probe, one part of a joined list, or a copy of a
/// client's request.
final class BackendFetch: BackendExchange {
    /// A reply in full.
    struct Reply: Sendable {
        var status: Int
        var body: ByteBuffer
    }

    let wantsPlainData = true
    private let loop: LoopContext
    /// A client's request to be sent in place of a question of ours.
    private let request: ForwardedRequest?
    private let path: String
    private let requestID: String
    private let maxBodyBytes: Int
    private let promise: EventLoopPromise<Reply>
    private var attempt: BackendAttempt?
    private var backend: BackendHandler?
    private var reply = Reply(status: 0, body: ByteBuffer())
    private var isDone = false

    private init(_ loop: LoopContext, _ request: ForwardedRequest?, path: String, requestID: String, maxBodyBytes: Int)
    {
        self.loop = loop
        self.request = request
        self.path = path
        self.requestID = requestID
        self.maxBodyBytes = maxBodyBytes
        self.promise = loop.eventLoop.makePromise()
    }

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
        let fetch = BackendFetch(loop, nil, path: path, requestID: requestID, maxBodyBytes: maxBodyBytes)
        return fetch.ask(backend, timeout: timeout)
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
        let fetch = BackendFetch(loop, request, path: "", requestID: "", maxBodyBytes: maxBodyBytes)
        return fetch.ask(backend, timeout: timeout)
    }

    private func ask(_ backend: Int, timeout: TimeAmount) -> EventLoopFuture<Reply> {
        let timer = self.loop.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.end(.failure(ExchangeError(.timedOut)))
        }
        self.attempt = self.loop.connectAnew(self, to: backend)
        return self.promise.futureResult.always { _ in timer.cancel() }
    }

    func backendConnected(_ backend: BackendHandler) {
        self.attempt = nil
        self.backend = backend
        backend.begin(self, isReplyToHead: false)
        let hostLine = self.loop.gateway.backends[backend.backend].hostLine
        if let request = self.request {
            let (first, rest) = request.finished(hostLine: hostLine)
            backend.write(first)
            for piece in rest { backend.write(piece) }
            return backend.flush()
        }
        var request = self.loop.allocator.buffer(capacity: 256)
        request.writeString("GET \(self.path) HTTP/1.1\r\n")
        request.writeString(hostLine)
        request.writeString("User-Agent: paddock\r\nX-Request-Id: \(self.requestID)\r\nConnection: close\r\n\r\n")
        backend.write(request)
        backend.flush()
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
    }

    func replyBytes(_ bytes: ByteBuffer) {
        guard self.reply.body.readableBytes + bytes.readableBytes <= self.maxBodyBytes else {
            let reason = "its answer is larger than \(self.maxBodyBytes >> 20) MiB"
            return self.end(.failure(ExchangeError(.backendSpokeNonsense(reason))))
        }
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
        if let attempt = self.attempt.take() { attempt.abandon() }
        self.backend?.close()
        self.backend = nil
        self.promise.completeWith(result)
    }
}

/// A failure of an exchange, thrown.
struct ExchangeError: Error {
    let failure: ExchangeFailure

    init(_ failure: ExchangeFailure) { self.failure = failure }
}
