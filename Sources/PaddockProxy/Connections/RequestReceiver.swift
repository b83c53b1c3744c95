// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockHTTP
internal import PaddockSockets

/// Receives the requests of a client, one after the other: it decides by the head where a request goes, and reads its body.
/// What a backend answers alone becomes an ``Exchange``; own routes and what several backends answer together end here.
final class RequestReceiver {
    private enum State {
        /// There is no request, or the exchange has it.
        case idle
        /// Its whole body is taken in first.
        case receiving(BodyIntake)
        /// Its body is taken as it arrives; what takes it gives the answer.
        case uploading(any UploadReceiver, isWhole: Bool)
        /// Its answer is being made, and is not a backend's reply to it.
        case answering((any PendingAnswer)?)
    }

    /// The memory that an upload counts for: what waits for the disk.
    private static let uploadBytes = 524_288

    private let loop: LoopContext
    private let gateway: Gateway
    private let facts: RequestFacts
    private let body: RequestBody
    private let forward: ForwardedRequest
    private let intakes: IntakePool
    private let reply: ClientReply
    private let exchange: Exchange
    /// The client's connection; nil once it is closed.
    private var owner: (any ExchangeOwner)?

    private var state = State.idle
    /// The number of the last upload on the connection.
    private var uploadNumber = 0
    /// Whether a compressed body waits for its next slice.
    private var isUnpacking = false

    /// - Parameters:
    ///   - facts: what is known of each request once its head is read.
    ///   - input: the source of the requests.
    ///   - reply: the receiver of the replies.
    ///   - loop: the event loop's context.
    init(
        _ facts: RequestFacts,
        from input: ClientInput,
        to reply: ClientReply,
        on loop: LoopContext
    ) {
        self.loop = loop
        self.gateway = loop.gateway
        self.facts = facts
        self.body = RequestBody(from: input, memory: loop.gateway.memory, loop.allocator)
        self.forward = self.body.forward
        self.intakes = loop.intakes
        self.reply = reply
        self.exchange = Exchange(facts, self.body, to: reply, on: loop)
    }

    /// Receives for a client's connection from now on.
    func begin(for owner: any ExchangeOwner) {
        self.owner = owner
        self.exchange.begin(for: owner)
    }

    /// When ``deadlineReached(now:)`` is to be called; nil if nothing is due.
    var deadline: Instant? { self.exchange.deadline }

    /// Whether all of the request has been read.
    var isRequestRead: Bool { self.body.isWhole }

    /// Whether more of the request's body can be taken without piling up.
    var takesInput: Bool {
        if case .uploading(let upload, _) = self.state { upload.takesMore } else { self.exchange.takesInput }
    }

    /// Whether the client still gets an answer after it has closed its side.
    var outlivesInput: Bool {
        switch self.state {
        case .answering(let pending): pending?.outlivesInput ?? true
        case .uploading(_, let isWhole): isWhole
        case .idle, .receiving: false
        }
    }

    // MARK: - Heads

    /// A head has arrived.
    ///
    /// - Parameters:
    ///   - head: the head.
    ///   - bytes: the bytes it was read from.
    ///   - began: when its first byte arrived.
    func begin(_ head: borrowing MessageHead, _ bytes: Span<UInt8>, began: Instant) {
        self.start(began)
        let target: RequestTarget
        do throws(RequestFacts.Refusal) {
            target = try self.facts.read(head, bytes, by: self.loop.rules, ids: self.loop.ids)
        } catch {
            self.body.begin(self.facts.framing)
            return self.refuse(error)
        }
        self.body.begin(self.facts.framing)
        switch self.facts.route {
        case .own:
            self.beginOwn(head, bytes, target)
        case .queued(let route):
            self.beginQueued(route, head, bytes, target)
        case .union(let union) where self.loop.backends.count > 1 && self.facts.framing == .none:
            self.list(union, head, bytes, target)
        case .union, .passThrough:
            if self.isHolderSought {
                self.beginNamed(head, bytes, target)
            } else {
                self.passThrough(head, bytes, target)
            }
        }
    }

    /// There is no head, or it cannot be read.
    ///
    /// - Parameters:
    ///   - cause: why.
    ///   - began: when its first byte arrived.
    func begin(without cause: ErrorCause, began: Instant) {
        self.start(began)
        self.body.begin(.untilClose)
        self.fail(cause)
    }

    private func start(_ began: Instant) {
        self.facts.begin()
        self.reply.begin()
        self.exchange.begin(at: began)
    }

    private func refuse(_ refusal: RequestFacts.Refusal) {
        switch refusal {
        case .cause(let cause): self.fail(cause)
        case .admin(let error): self.answer(OwnReply(error, self.facts.dialect))
        case .preflight: self.answer(CrossOriginFields.preflightAnswer(self.facts.crossOrigin))
        }
    }

    private func beginOwn(_ head: borrowing MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) {
        var request = OwnRequest(head, bytes, target, peer: self.facts.peer)
        (request.client, request.owner) = self.facts.owner(head, bytes, self.loop.rules)
        request.dialect = self.facts.dialect
        if self.gateway.ownRoutes.takesUpload(request) { return self.beginUpload(request, head, bytes) }
        let intake = self.intakes.take()
        intake.beginOwn(request)
        self.receive(intake, head, bytes)
    }

    /// Begins a request to an own route whose body is taken as it arrives.
    private func beginUpload(_ request: OwnRequest, _ head: borrowing MessageHead, _ bytes: Span<UInt8>) {
        var request = request
        if case .length(let count) = self.facts.framing { request.statedLength = count }
        let limit = self.loop.configuration.maxQueuedBytes
        do throws(ErrorCause) { try self.body.hold(Self.uploadBytes, within: limit) } catch { return self.fail(error) }
        self.uploadNumber += 1
        let number = self.uploadNumber
        let receiver = NIOLoopBound(self, eventLoop: self.loop.eventLoop)
        let eventLoop = self.loop.eventLoop
        let responder = OwnResponder(on: eventLoop) { reply in receiver.value.uploadAnswered(reply, number: number) }
        let tools = UploadTools(responder) {
            eventLoop.execute { receiver.value.owner?.inputDemandChanged() }
        }
        let access = self.loop.rules.access
        do throws(ErrorReply) {
            let upload = try self.gateway.ownRoutes.beginUpload(request, tools, access: access)
            self.state = .uploading(upload, isWhole: false)
        } catch {
            return self.answer(OwnReply(error, self.facts.dialect))
        }
        self.exchange.uploads()
        self.writeContinue(head, bytes)
    }

    /// The answer to an upload is there; its client may have disconnected, or have begun another one.
    private func uploadAnswered(_ reply: OwnReply, number: Int) {
        if number == self.uploadNumber, case .uploading = self.state { self.answer(reply) }
    }

    private func beginQueued(
        _ route: Route.Queued,
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget
    ) {
        let intake = self.intakes.take()
        let limit = self.loop.configuration.maxBodyBytes
        do throws(ErrorCause) {
            try intake.beginQueued(
                route,
                head,
                bytes,
                query: target.query ?? .empty,
                limit: limit,
                hasQuota: self.facts.identity?.hasQuota == true
            )
        } catch {
            self.intakes.giveBack(intake)
            return self.fail(error)
        }
        let bodyHint = if case .length(let count) = self.facts.framing { min(count, limit) } else { 0 }
        self.forward(
            ForwardedRequest.Form(
                target: target.pathAndQuery,
                requestID: self.ownID,
                body: self.facts.framing == .chunked ? .measured : .asItCame,
                bodyHint: bodyHint,
                dropsExpect: true,
                dropsAuthorization: self.facts.carriesAdminToken
            ),
            head,
            bytes
        )
        self.receive(intake, head, bytes)
    }

    /// Takes in the body that follows a head, unless it is too long.
    private func receive(_ intake: BodyIntake, _ head: borrowing MessageHead, _ bytes: Span<UInt8>) {
        self.state = .receiving(intake)
        self.exchange.receives()
        do throws(ErrorCause) { try intake.check(self.facts.framing) } catch { return self.fail(error) }
        self.writeContinue(head, bytes)
    }

    /// Says that the body may come, if its client waits for that.
    private func writeContinue(_ head: borrowing MessageHead, _ bytes: Span<UInt8>) {
        if head.kinds.contains(.expect), self.facts.framing != .none, !self.body.hasBegun, !self.facts.speaksHTTP10,
            let expect = head.first(.expect), bytes.matches(expect.value, "100-continue")
        {
            self.reply.writeContinue()
        }
    }

    /// Whether the body is read first, as it names the model that the backend must have.
    private var isHolderSought: Bool {
        guard self.loop.backends.count > 1, case .length(1...NamedModel.maxBytes) = self.facts.framing else {
            return false
        }
        return NamedModel.keys(of: self.facts.requestLine) != nil
    }

    /// Begins a request that passes through to a backend that has its model.
    private func beginNamed(_ head: borrowing MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) {
        guard !self.gateway.isDraining else { return self.fail(.shuttingDown) }
        self.forward(
            ForwardedRequest.Form(
                target: target.pathAndQuery,
                requestID: self.ownID,
                dropsExpect: true,
                dropsAuthorization: self.facts.carriesAdminToken
            ),
            head,
            bytes
        )
        let intake = self.intakes.take()
        intake.beginPassingThrough()
        self.receive(intake, head, bytes)
    }

    private func passToHolder() {
        let keys = NamedModel.keys(of: self.facts.requestLine) ?? []
        let body = self.forward.wholeBody(upTo: NamedModel.maxBytes) ?? []
        self.exchange.passesThrough()
        self.exchange.runWithoutSlot(on: self.backend(having: NamedModel.name(keys, in: body)))
    }

    /// The backend for a request that passes through and names a model.
    private func backend(having model: ModelName?) -> BackendIndex {
        model.map { self.gateway.admission.chooseBackend(having: $0) }
            ?? self.gateway.admission.chooseBackendForPassThrough()
    }

    /// Sends a request on at once, without a slot.
    private func passThrough(_ head: borrowing MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) {
        guard !self.gateway.isDraining else { return self.fail(.shuttingDown) }
        self.forward(
            ForwardedRequest.Form(
                target: target.pathAndQuery,
                requestID: self.ownID,
                body: self.facts.framing == .chunked ? .chunked : .asItCame,
                dropsAuthorization: self.facts.carriesAdminToken
            ),
            head,
            bytes
        )
        let limit = self.loop.configuration.maxQueuedBytes
        do throws(ErrorCause) { try self.body.hold(self.forward.headBytes, within: limit) } catch {
            return self.fail(error)
        }
        let model = self.loop.backends.count > 1 ? NamedModel.name(inPathOf: self.facts.requestLine) : nil
        self.exchange.runWithoutSlot(on: self.backend(having: model))
    }

    /// Our id to send along; nil if the client's own is valid.
    private var ownID: String? { self.facts.isFreshID ? self.facts.id : nil }

    private func forward(_ form: borrowing ForwardedRequest.Form, _ head: borrowing MessageHead, _ bytes: Span<UInt8>) {
        self.forward.begin(form, head, bytes, ownLines: self.loop.backends.ownLines, on: self.loop.eventLoop)
    }

    // MARK: - Bodies

    /// Reads on in the body.
    ///
    /// - Returns: whether there may be more to do.
    func readBody() -> Bool {
        switch self.state {
        case .receiving(let intake): return self.receiveBody(intake)
        case .uploading(let upload, isWhole: false): return self.receiveUpload(upload)
        case .idle: self.exchange.passBodyOn()
        case .uploading, .answering: break
        }
        return false
    }

    /// - Returns: whether the body is complete or was refused.
    private func receiveBody(_ intake: BodyIntake) -> Bool {
        guard !self.isUnpacking else { return false }
        let isWhole: Bool
        do throws(ErrorCause) {
            let limit = self.loop.configuration.maxQueuedBytes
            isWhole = try self.body.receive(into: intake, isForwarded: !self.facts.isOwn, within: limit)
        } catch {
            self.fail(error)
            return true
        }
        if intake.hasPacked {
            self.isUnpacking = true
            self.loop.unpacking.add(self)
            return false
        }
        if isWhole { self.bodyHasCome(intake) }
        return isWhole
    }

    /// - Returns: whether the body was refused.
    private func receiveUpload(_ upload: any UploadReceiver) -> Bool {
        guard upload.takesMore else { return false }
        let isWhole: Bool
        do throws(ErrorCause) { isWhole = try self.body.receive(into: upload) } catch {
            self.fail(error)
            return true
        }
        if isWhole {
            self.exchange.stopClock()
            self.state = .uploading(upload, isWhole: true)
            upload.finish()
        } else {
            self.exchange.uploads()
        }
        return false
    }

    private func bodyHasCome(_ intake: BodyIntake) {
        if let request = intake.takeOwnRequest() {
            self.leaveState()
            return self.answerOwn(request)
        }
        guard self.facts.isQueued else {
            self.leaveState()
            return self.passToHolder()
        }
        switch intake.finish() {
        case .model(let name):
            let hints = intake.hints
            self.leaveState()
            self.arrive(name, hints)
        case .invalid(let problem):
            self.fail(.invalidBody(problem))
        }
    }

    private func arrive(_ name: String, _ hints: BodyHints) {
        guard let model = self.loop.modelName(name) else {
            return self.fail(.invalidBody("\"model\" is empty: name the model, such as \"llama2\""))
        }
        // The first is cheap, and false of nearly every request.
        if hints.unloads, self.unloads(model) { return self.unload(model) }
        self.exchange.arrive(model, hints)
    }

    // MARK: - Answers that are not a backend's reply

    /// Answers a request to an own route, at once or when its answer is there.
    private func answerOwn(_ request: OwnRequest) {
        switch self.gateway.ownRoutes.answer(to: request, access: self.loop.rules.access) {
        case .now(let reply):
            self.answer(reply)
        case .later(let begin):
            self.body.release()
            self.exchange.stopClock()
            self.state = .answering(nil)
            let receiver = NIOLoopBound(self, eventLoop: self.loop.eventLoop)
            let responder = OwnResponder(on: self.loop.eventLoop) { reply in
                // No other request begins on the connection before; its client may have disconnected.
                if case .answering = receiver.value.state { receiver.value.answer(reply) }
            }
            begin(responder)
        }
    }

    /// Answers a list from all backends.
    private func list(
        _ union: Route.Union,
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget
    ) {
        let question = ForwardedRequest.Question(
            target: union.rawValue + (target.query.map { "?" + bytes.text($0) } ?? ""),
            requestID: self.facts.id,
            fields: ModelListing.fields(head, bytes),
            credentials: head.credentialLines(bytes, dropsAuthorization: self.facts.carriesAdminToken)
        )
        self.state = .answering(
            ModelListing(union, question, self.facts.dialect, on: self.loop) { reply in self.answer(reply) }
        )
    }

    /// Whether the request, whose body is there, does nothing but unload its model.
    private func unloads(_ model: ModelName) -> Bool {
        guard !model.isRemote, Unloading.isRoute(self.facts.requestLine),
            let body = self.forward.wholeBody(upTo: UnloadRequest.maxBytes)
        else { return false }
        return UnloadRequest.matches(body)
    }

    /// Sends the request, which runs nothing and so takes no slot, to every backend that has the model loaded.
    private func unload(_ model: ModelName) {
        self.facts.takesNoSlot()
        self.exchange.concerns(model)
        guard !self.gateway.isDraining else { return self.fail(.shuttingDown) }
        self.exchange.unloads()
        guard self.loop.backends.count > 1 else { return self.runWithoutSlot(on: nil) }
        self.exchange.stopClock()
        self.state = .answering(
            Unloading(model, self.forward, requestID: self.facts.id, on: self.loop) { outcome in
                self.state = .idle
                switch outcome {
                case .oneHolder(let backend): self.runWithoutSlot(on: backend)
                case .noHolder: self.runWithoutSlot(on: nil)
                case .done(let reply): self.answer(reply)
                case .failed(let cause): self.fail(cause)
                }
            }
        )
    }

    private func runWithoutSlot(on backend: BackendIndex?) {
        self.exchange.runWithoutSlot(on: backend ?? self.gateway.admission.chooseBackendForPassThrough())
    }

    // MARK: - The end

    private func answer(_ reply: OwnReply) {
        self.state = .idle
        self.exchange.answer(reply)
    }

    private func fail(_ cause: ErrorCause) {
        var cause = cause
        if case .memoryFull(let held, let limit, _) = cause, case .receiving(let intake) = self.state,
            let model = intake.modelSoFar
        {
            // Another may follow, but it will not be read.
            self.exchange.concerns(model)
            switch self.gateway.admission.rejectForMemory(model: model, now: .now()) {
            case .queueFull(_, let seconds): cause = .memoryFull(held: held, limit: limit, retryAfter: seconds)
            case let rejection: cause = .rejected(rejection)
            }
        }
        self.leaveState()
        self.facts.giveID(self.loop.ids)
        self.exchange.fail(cause)
    }

    /// Gives back what the current state holds.
    private func leaveState() {
        switch Swift.exchange(&self.state, with: .idle) {
        case .idle: break
        case .receiving(let intake):
            self.body.releaseDecoder()
            self.intakes.giveBack(intake)
        case .uploading(let upload, _):
            upload.cancel()
        case .answering(let pending):
            pending?.cancel()
        }
    }

    /// The input holds more than there is memory for, and no request has begun.
    ///
    /// - Parameter began: when its first byte arrived.
    func inputIsTooMuch(began: Instant) {
        let (held, limit) = (self.gateway.memory.heldBytes, self.loop.configuration.maxQueuedBytes)
        self.begin(without: .memoryFull(held: held, limit: limit, retryAfter: RequestBody.retryAfter), began: began)
    }

    /// The deadline has passed.
    func deadlineReached(now: Instant) {
        switch self.state {
        case .receiving: self.fail(.bodyTimedOut)
        // A disk that is slow is not the client's fault.
        case .uploading(let upload, _):
            if upload.takesMore { self.fail(.uploadStalled) } else { self.exchange.uploads() }
        case .idle: self.exchange.deadlineReached(now: now)
        case .answering: break
        }
    }

    /// Whether its request waits for a slot.
    var waitsForSlot: Bool { self.exchange.isWaiting }

    /// The client takes nothing of what is to be sent to it, or does again.
    func setClientBlocked(_ isBlocked: Bool) { self.exchange.setClientBlocked(isBlocked) }

    /// The client takes more of the reply, or does not.
    func setReplyPaused(_ isPaused: Bool) { self.exchange.setReplyPaused(isPaused) }

    /// The connection is closed.
    ///
    /// - Parameter hasRequest: whether a request has not ended.
    func close(hasRequest: Bool) {
        self.leaveState()
        if hasRequest { self.exchange.clientGone() }
        self.body.release()
        self.reply.close()
        self.exchange.close()
        self.owner = nil
    }
}

extension RequestReceiver: Unpackable {
    /// Decompresses the next slice, and continues to read after the last one.
    ///
    /// Meanwhile the client may have disconnected, or have been answered and begun the next request.
    ///
    /// - Returns: whether there is more to decompress.
    func unpackSlice() -> Bool {
        if case .receiving(let intake) = self.state, intake.hasPacked {
            intake.unpackSlice()
            do throws(ErrorCause) {
                try self.body.holdDecoder(intake.decoderBytes, within: self.loop.configuration.maxQueuedBytes)
            } catch {
                self.isUnpacking = false
                self.fail(error)
                return false
            }
            if intake.hasPacked { return true }
        }
        self.isUnpacking = false
        self.owner?.inputDemandChanged()
        return false
    }
}
