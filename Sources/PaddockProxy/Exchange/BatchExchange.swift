// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockBase
internal import PaddockBatch
internal import PaddockConfiguration
internal import PaddockHTTP
internal import PaddockSockets

/// A request of a batch job on its way: it arrives at the admission and counts like one that a client sent, and its reply is collected.
///
/// It has a head of its own, and its body goes the way of every body, so that nothing about it is decided in a second place.
final class BatchExchange {
    /// The longest reply.
    private static let maxReplyBytes = 16 << 20
    /// How much of the body is read in a turn of the event loop.
    private static let sliceBytes = 65_536

    private let loop: LoopContext
    private let owner: String
    private let endpoint: BatchEndpoint
    /// Its body, until it has been read.
    private var bytes: [UInt8]
    private let facts: RequestFacts
    private let input = ClientInput()
    private let body: RequestBody
    private let reply: CollectedReply
    private let exchange: Exchange
    private var intake: BodyIntake?
    private var readBytes = 0
    private var timer: ScheduledAction?
    /// Called once with the result; nil from then on.
    private var done: ((BatchReply) -> Void)?

    /// - Parameters:
    ///   - request: the request.
    ///   - loop: the event loop's context; all calls are on that loop.
    ///   - done: called with the result, and not from within a call.
    init(_ request: BatchRequest, on loop: LoopContext, done: @escaping (BatchReply) -> Void) {
        self.loop = loop
        (self.owner, self.endpoint, self.bytes) = (request.owner, request.endpoint, request.body)
        self.facts = RequestFacts(peer: nil)
        self.body = RequestBody(from: self.input, memory: loop.gateway.memory, loop.allocator)
        self.reply = CollectedReply(within: CollectedReply.Budget(Self.maxReplyBytes))
        self.exchange = Exchange(self.facts, self.body, to: self.reply, on: loop)
        self.done = done
    }

    /// Begins. From now on until its end it retains itself.
    func start() {
        self.exchange.begin(for: self)
        self.exchange.begin(at: .now())
        let text = """
            POST \(self.endpoint.rawValue) HTTP/1.1\r
            User-Agent: paddock\r
            Content-Type: application/json\r
            Content-Length: \(self.bytes.count)\r
            \r

            """
        let bytes = Array(text.utf8)
        var head = self.loop.takeHead()
        do throws(RequestFacts.Refusal) { try self.begin(&head, bytes.span) } catch {
            self.body.begin(self.facts.framing)
            switch error {
            case .cause(let cause): self.fail(cause)
            case .admin, .preflight: preconditionFailure("the head of a job's request asks for neither")
            }
        }
        self.loop.giveBack(head)
        self.readSlice()
    }

    private func begin(_ head: inout MessageHead, _ bytes: Span<UInt8>) throws(RequestFacts.Refusal) {
        do throws(HeadProblem) { try head.readRequest(bytes, length: bytes.count) } catch {
            throw .cause(ErrorCause(error))
        }
        let id = self.loop.ids.next()
        let (route, target) = try self.facts.readJob(
            head,
            bytes,
            of: self.owner,
            by: self.loop.rules,
            id: id
        )
        self.body.begin(self.facts.framing)
        let intake = self.loop.intakes.take()
        self.intake = intake
        do throws(ErrorCause) {
            let limit = self.loop.configuration.maxBodyBytes
            try intake.beginQueued(
                route,
                head,
                bytes,
                query: .empty,
                limit: limit,
                hasQuota: self.facts.identity?.hasQuota == true
            )
            try intake.check(self.facts.framing)
        } catch {
            throw .cause(error)
        }
        self.body.forward.begin(
            ForwardedRequest.Form(target: target.pathAndQuery, requestID: id, bodyHint: self.bytes.count),
            head,
            bytes,
            ownLines: self.loop.backends.ownLines,
            on: self.loop.eventLoop
        )
        self.exchange.receives()
    }

    // MARK: - The body

    /// Reads the next slice of the body, and after the last one goes to the admission.
    private func readSlice() {
        guard let intake = self.intake, self.done != nil else { return }
        let end = min(self.readBytes + Self.sliceBytes, self.bytes.count)
        self.input.append(ByteBuffer(bytes: self.bytes[self.readBytes..<end]))
        self.readBytes = end
        let isWhole: Bool
        do throws(ErrorCause) {
            let limit = self.loop.configuration.maxQueuedBytes
            isWhole = try self.body.receive(into: intake, isForwarded: true, within: limit)
        } catch {
            return self.fail(error)
        }
        if isWhole { self.arrive(intake) } else { self.loop.eventLoop.later { self.readSlice() } }
    }

    private func arrive(_ intake: BodyIntake) {
        let (result, hints) = (intake.finish(), intake.hints)
        self.giveBackIntake()
        self.bytes = []
        switch result {
        case .invalid(let problem): self.exchange.fail(.invalidBody(problem))
        case .model(let name):
            guard let model = self.loop.modelName(name) else {
                return self.exchange.fail(.invalidBody("\"model\" is empty: name the model, such as \"llama2\""))
            }
            self.exchange.waitsForSlot()
            self.exchange.arrive(model, hints)
        }
    }

    private func giveBackIntake() {
        guard let intake = self.intake.take() else { return }
        self.loop.intakes.giveBack(intake)
    }

    // MARK: - The end

    private func fail(_ cause: ErrorCause) {
        self.giveBackIntake()
        self.exchange.fail(cause)
    }

    /// Ends it as if its client had left, unless it has ended.
    func cancel() {
        guard self.done != nil else { return }
        self.giveBackIntake()
        self.exchange.clientGone()
        self.end(BatchReply(self.facts.id))
    }

    private func end(_ result: BatchReply) {
        guard let done = self.done.take() else { return }
        if let timer = self.timer.take() { self.loop.eventLoop.cancel(timer) }
        // In a turn of its own, so that the exchange has returned before anybody continues.
        self.loop.eventLoop.later {
            self.exchange.close()
            done(result)
        }
    }
}

extension BatchExchange: ExchangeOwner {
    func exchangeEnded(_ next: AfterReply) {
        var result = BatchReply(self.facts.id)
        switch self.reply.result {
        case .success(let reply):
            let retryAfter = reply.fields.first { $0.name.lowercased() == "retry-after" }.flatMap { Int($0.value) }
            result.status = reply.status
            result.body = Array(reply.body.readableBytesView)
            result.outcome = BatchOutcome(backendStatus: reply.status, retryAfter: retryAfter)
        case .failure(let cause):
            let error = self.reply.error ?? ErrorReply(cause)
            result.status = error.status
            result.body = Array(error.body(self.facts.dialect).utf8)
            result.outcome = BatchOutcome(cause)
        case nil: preconditionFailure("an exchange that has ended has a result")
        }
        self.end(result)
    }

    func deadlineMoved() {
        if let timer = self.timer.take() { self.loop.eventLoop.cancel(timer) }
        guard let deadline = self.exchange.deadline?.deadline else { return }
        self.timer = self.loop.eventLoop.schedule(at: deadline) {
            self.timer = nil
            self.exchange.deadlineReached(now: .now())
        }
    }

    func inputDemandChanged() {}
}
