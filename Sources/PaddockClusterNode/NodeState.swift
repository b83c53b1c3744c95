// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import PaddockBase
internal import PaddockCluster
internal import PaddockClusterLink
internal import PaddockClusterStore
internal import PaddockSystem

/// Everything that a node knows, on its thread.
final class NodeState {
    private var machine: ClusterMachine
    private let options: ClusterOptions
    private let identity: ClusterNode.Identity
    /// What threads have said about requests.
    let outbox = Outbox()
    private let store: any ClusterStore
    private let loop: any EventLoop
    private let executor: LoopExecutor
    private weak var delegate: (any ClusterDelegate)?
    private let log: @Sendable (ClusterNode.Note) -> Void
    private var listener: (any Channel)?
    private var links: [MemberID: LinkChannel] = [:]
    /// Who has connected and has not finished the handshake, the first one first.
    private var guests: [LinkChannel] = []
    /// Members that are being dialled, and when it may be tried again.
    private var dialling: [MemberID: Instant] = [:]
    private var storeFailure: StoreFailure?
    private var ticker: Scheduled<Void>?
    /// Who waits for answers, by the numbers of the questions, and of whom.
    private var asked: [UInt64: (member: MemberID, promise: EventLoopPromise<[UInt8]?>)] = [:]
    private var questions: UInt64 = 0
    /// How many questions of each member are being answered.
    private var answering: [MemberID: Int] = [:]

    /// The most connections of others whose handshake is not over: a member needs a moment for one, so of more the oldest goes.
    private static let maxGuests = 64
    /// The most questions of a member that are answered at once; more get no answer.
    private static let maxAnswering = 32

    init(
        _ machine: ClusterMachine,
        _ options: ClusterOptions,
        _ identity: ClusterNode.Identity,
        store: any ClusterStore,
        on loop: any EventLoop,
        log: @escaping @Sendable (ClusterNode.Note) -> Void
    ) {
        (self.machine, self.options, self.identity) = (machine, options, identity)
        (self.store, self.loop, self.log) = (store, loop, log)
        self.executor = LoopExecutor(loop)
    }

    // MARK: - Time

    /// Begins to be a member.
    ///
    /// - Parameters:
    ///   - listener: where other members connect.
    ///   - delegate: keeps the requests; not retained.
    func begin(_ listener: any Channel, delegate: any ClusterDelegate) {
        (self.listener, self.delegate) = (listener, delegate)
        self.tick()
    }

    private func tick() {
        let step = TimeAmount.nanoseconds(self.options.lease.count / 8)
        self.ticker = self.loop.assumeIsolated().scheduleTask(in: step) { self.tick() }
        self.run(self.machine.tick(now: ClusterClock.now))
        // What may be granted changes with time alone.
        if self.machine.officeTerm != nil { self.perform(.grant) }
        self.dial()
    }

    // MARK: - Actions

    private func run(_ actions: [ClusterAction]) {
        for action in actions {
            switch action {
            case .ask(let question): self.ask(question)
            case .send(let message, let member): self.send(.control(message), to: member)
            case .register(let term, let session, let layout, let member):
                guard let registration = self.delegate?.register(session: session, with: member) else { continue }
                let message = Registration(term: term, session: session, held: registration.held, layout: layout)
                self.send(.registration(message, requests: registration.requests), to: member)
            default: self.perform(action)
            }
        }
    }

    private func perform(_ action: ClusterAction, requests: ByteBuffer = ByteBuffer()) {
        self.log(.action(action))
        self.delegate?.perform(action, requests: requests, self.machine)
    }

    private func ask(_ question: StoreQuestion) {
        let bound = NIOLoopBound(self, eventLoop: self.loop)
        Task(executorPreference: self.executor) { [store, loop] in
            let result: Result<StoreReading, StoreFailure>
            do throws(StoreFailure) { result = .success(try await store.ask(question)) } catch {
                result = .failure(error)
            }
            loop.execute { bound.value.answered(question, result) }
        }
    }

    private func answered(_ question: StoreQuestion, _ result: Result<StoreReading, StoreFailure>) {
        switch result {
        case .success(let reading):
            if self.storeFailure != nil { self.log(.storeAnswers) }
            self.storeFailure = nil
            self.run(self.machine.storeAnswered(question, reading, now: ClusterClock.now))
        case .failure(let failure):
            if self.storeFailure == nil { self.log(.storeFailed(failure)) }
            // Why it is not asked now is less than why it did not answer.
            if self.storeFailure == nil || failure != .pausing { self.storeFailure = failure }
            self.run(self.machine.storeFailed(question, now: ClusterClock.now))
        }
    }

    // MARK: - Messages

    private func send(_ message: NodeMessage, to member: MemberID) {
        if member == self.machine.me.id {
            // After what is being done, as from any other member.
            self.loop.assumeIsolated().execute { self.receiveOwn(message) }
        } else {
            self.links[member]?.send(message)
        }
    }

    /// The time is over for which something waits that is not urgent.
    func sendWhatWaits() {
        self.outbox.timeIsOver()
        self.sendTold()
    }

    /// Sends what threads have said about requests.
    func sendTold() {
        for (member, parts) in self.outbox.takeAll() {
            if member == self.machine.me.id {
                for part in parts { self.receiveOwn(.requests(part)) }
            } else if let link = self.links[member] {
                for part in parts { link.send(.requests(part)) }
                link.flush()
            }
        }
    }

    private func receive(_ batch: ByteBuffer, on link: LinkChannel) {
        guard let peer = link.peer else { return }
        var reader = LinkReader(batch)
        do throws(LinkError) {
            while !reader.isAtEnd { try self.receive(try NodeMessage(from: &reader), from: peer) }
        } catch {
            link.fail(error)
        }
    }

    private func receiveOwn(_ message: NodeMessage) {
        do throws(LinkError) {
            try self.receive(message, from: self.machine.me)
        } catch {
            // As if the link to another member had ended: only a new registration sets right what was lost.
            self.log(.linkRefused(self.machine.me, error))
            self.run(self.machine.linkClosed(self.machine.me.id, now: ClusterClock.now))
        }
    }

    private func receive(_ message: NodeMessage, from peer: MemberIdentity) throws(LinkError) {
        let now = ClusterClock.now
        switch message {
        case .control(let message): self.run(self.machine.receive(message, from: peer, now: now))
        case .registration(let registration, let requests):
            for action in self.machine.receive(.register(registration), from: peer, now: now) {
                if case .registered = action { self.perform(action, requests: requests) } else { self.run([action]) }
            }
        case .requests(let bytes):
            self.run(self.machine.passTime(now: now))
            if let session = try self.delegate?.receive(bytes, from: peer.id, self.machine) {
                self.run(self.machine.refuseGrant(session: session, now: now))
            }
        case .question(let number, let question): self.answer(question, number, from: peer)
        case .answer(let number, let answer):
            // Another member may not answer for the one that was asked.
            guard self.asked[number]?.member == peer.id else { return }
            self.asked.removeValue(forKey: number)?.promise.succeed(answer)
        }
    }

    // MARK: - Questions

    /// Asks another member; the promise gets nil if there is no answer in time.
    func ask(_ question: [UInt8], of member: MemberID, within time: TimeAmount, _ promise: EventLoopPromise<[UInt8]?>) {
        guard question.count <= NodeMessage.maxBytes, self.links[member] != nil else { return promise.succeed(nil) }
        self.questions += 1
        let number = self.questions
        self.asked[number] = (member, promise)
        self.loop.assumeIsolated().scheduleTask(in: time) {
            self.asked.removeValue(forKey: number)?.promise.succeed(nil)
        }
        self.send(.question(number, question), to: member)
    }

    private func answer(_ question: [UInt8], _ number: UInt64, from peer: MemberIdentity) {
        guard let delegate = self.delegate, self.answering[peer.id, default: 0] < Self.maxAnswering else {
            return self.send(.answer(number, nil), to: peer.id)
        }
        self.answering[peer.id, default: 0] += 1
        let bound = NIOLoopBound(self, eventLoop: self.loop)
        Task { [loop] in
            let answer = await delegate.answer(question, from: peer)
            loop.execute { bound.value.answered(number, answer, to: peer.id) }
        }
    }

    private func answered(_ number: UInt64, _ answer: [UInt8]?, to member: MemberID) {
        self.answering[member, default: 1] -= 1
        if self.answering[member] == 0 { self.answering[member] = nil }
        self.send(.answer(number, answer.flatMap { $0.count <= NodeMessage.maxBytes ? $0 : nil }), to: member)
    }

    // MARK: - Links

    private func handshake(_ side: LinkHandshake.Side) -> LinkHandshake {
        var random = SystemRandomNumberGenerator()
        return LinkHandshake(
            side,
            me: self.machine.me,
            cluster: self.identity.cluster,
            secret: self.identity.secret,
            nonce: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        )
    }

    /// The handler of a new connection.
    func makeLink(_ side: LinkHandshake.Side, to expected: MemberID?) -> LinkChannel {
        let link = LinkChannel(
            self.handshake(side),
            LinkChannel.Events(
                opened: { self.opened($0, $1, expected: expected) },
                received: { self.receive($1, on: $0) },
                closed: { self.closed($0, $1, expected: expected) }
            )
        )
        if side == .listening {
            if self.guests.count >= Self.maxGuests { self.guests.removeFirst().fail(.silent) }
            self.guests.append(link)
        }
        return link
    }

    private func opened(_ link: LinkChannel, _ peer: MemberIdentity, expected: MemberID?) {
        self.guests.removeAll { $0 === link }
        if let expected { self.found(peer.id, insteadOf: expected) }
        if peer.name == self.machine.me.name { self.log(.sameName(peer)) }
        if let old = self.links.updateValue(link, forKey: peer.id) {
            self.log(.linkReplaced(peer))
            old.close()
            // What was on its way is lost.
            self.run(self.machine.linkClosed(peer.id, now: ClusterClock.now))
        }
        self.log(.linked(peer))
    }

    private func closed(_ link: LinkChannel, _ error: LinkError?, expected: MemberID?) {
        self.guests.removeAll { $0 === link }
        let now = ClusterClock.now
        // A link that has worked is made again at once: if that is refused, the process has ended.
        if let expected, link.peer == nil || error != nil { self.dialling[expected] = now + self.options.lease / 8 }
        if error == .itself, let expected { return self.found(self.machine.me.id, insteadOf: expected) }
        if let error { self.log(.linkRefused(link.peer, error)) }
        guard let peer = link.peer, self.links[peer.id] === link else { return }
        self.links[peer.id] = nil
        if error == nil { self.dialling[peer.id] = nil }
        self.log(.unlinked(peer))
        self.run(self.machine.linkClosed(peer.id, now: now))
        self.dial(peer)
    }

    /// A process listens at the address of a member: if it is another one, the member has ended, as two cannot listen there.
    private func found(_ id: MemberID, insteadOf expected: MemberID) {
        guard id != expected, let peer = self.machine.peerIdentities.first(where: { $0.id == expected }) else { return }
        self.log(.dead(peer))
        self.dialling[expected] = nil
        self.run(self.machine.refused(expected, now: ClusterClock.now))
    }

    /// Connects to members without a link: of two the one with the greater id to the other; the other only looks whether it is still there.
    private func dial() {
        if self.dialling.count > self.machine.peerIdentities.count {
            let known = Set(self.machine.knownMembers)
            self.dialling = self.dialling.filter { known.contains($0.key) }
        }
        for peer in self.machine.peerIdentities { self.dial(peer) }
    }

    private func dial(_ peer: MemberIdentity) {
        let now = ClusterClock.now
        guard self.links[peer.id] == nil, self.dialling[peer.id].map({ $0 <= now }) ?? true,
            let host = StoreAddress.Host(peer.address)
        else { return }
        self.dialling[peer.id] = now + self.options.lease
        let isProbe = peer.id > self.machine.me.id
        let bound = NIOLoopBound(self, eventLoop: self.loop)
        ClientBootstrap(group: self.loop)
            .connectTimeout(.nanoseconds(self.options.lease.count))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler: any ChannelHandler =
                        isProbe ? bound.value.makeProbe(of: peer.id) : bound.value.makeLink(.connecting, to: peer.id)
                    try LinkChannel.prepare(channel, lease: bound.value.options.lease)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: host.name, port: host.port)
            .assumeIsolated()
            .whenComplete { result in self.dialled(peer, result, isProbe: isProbe) }
    }

    private func makeProbe(of expected: MemberID) -> LinkProbe {
        LinkProbe(self.handshake(.connecting), patience: .nanoseconds(self.options.lease.count)) {
            self.found($0, insteadOf: expected)
        }
    }

    private func dialled(_ peer: MemberIdentity, _ result: Result<any Channel, any Error>, isProbe: Bool) {
        switch result {
        case .success: if isProbe { self.dialling[peer.id] = ClusterClock.now + self.options.lease / 2 }
        case .failure(let error):
            self.dialling[peer.id] = ClusterClock.now + self.options.lease / 8
            guard Self.isRefusal(error), self.links[peer.id] == nil else { return }
            self.log(.dead(peer))
            self.dialling[peer.id] = nil
            self.run(self.machine.refused(peer.id, now: ClusterClock.now))
        }
    }

    /// Whether nothing listens there any more.
    private static func isRefusal(_ error: any Error) -> Bool {
        if let error = error as? NIOConnectionError {
            return !error.connectionErrors.isEmpty
                && error.connectionErrors.allSatisfy { ($0.error as? IOError)?.errnoCode == ECONNREFUSED }
        }
        return (error as? IOError)?.errnoCode == ECONNREFUSED
    }

    // MARK: - The end

    /// Gives up the office, if it holds it; requests go on.
    func stop() { self.run(self.machine.stop(now: ClusterClock.now)) }

    /// Leaves the cluster: it holds nothing any more.
    func leave() {
        for member in self.links.keys { self.send(.control(.leave), to: member) }
        self.loop.assumeIsolated().execute {
            self.ticker?.cancel()
            self.listener?.close(promise: nil)
            for question in self.asked.values { question.promise.succeed(nil) }
            self.asked = [:]
            for link in self.links.values { link.close() }
        }
    }

    /// What to know about the cluster now.
    var reading: ClusterNode.Reading {
        let now = ClusterClock.now
        let standing = self.machine.standing
        let withoutContact: Nanoseconds? = if case .alone(let since) = standing { since.duration(to: now) } else { nil }
        return ClusterNode.Reading(
            me: self.machine.me,
            // A coordinator leads itself as any other member, a moment after it has taken office.
            leader: self.machine.officeTerm == nil ? self.machine.leader?.member : self.machine.me.id,
            term: self.machine.officeTerm ?? self.machine.leader?.term,
            isCoordinator: self.machine.officeTerm != nil,
            members: self.machine.peerIdentities,
            linked: Set(self.links.keys),
            standing: standing,
            withoutContact: withoutContact,
            roundTrips: self.machine.coordination?.roundTrips ?? [:],
            memory: self.machine.memory,
            storeFailure: self.storeFailure
        )
    }
}
