// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import PaddockAdmission
package import PaddockBase
package import PaddockCluster
package import PaddockClusterLink
package import PaddockClusterNode
internal import Synchronization

/// The requests of one member of a cluster: tells the coordinator of them, and does what it says. While this member coordinates, it has
/// the queue for all as well.
///
/// What a request is, the member's own admission knows: nothing is kept here for each.
package final class ClusterAdmission: Sendable {
    /// Who may be told of requests, and under which number.
    private struct Leader {
        let member: MemberID
        let session: UInt64
        /// Whether it takes requests that wait, and not only the end of those that it was told of.
        var takesWaiting = false
    }

    private struct State {
        var leader: Leader?
        var queue: ClusterQueue?
        var local: AdmissionController?
        var node: ClusterNode?
        /// When backends that have refused requests want to be asked again, until it is known what becomes of these.
        var refusals: [Ticket: Nanoseconds?] = [:]
        var voidGrants = 0
        var answer: Answerer?
    }

    /// Answers a question of another member that is none about requests.
    package typealias Answerer = @Sendable (_ question: [UInt8], _ member: MemberIdentity) async -> [UInt8]?

    private let state = Mutex(State())
    private let backends: any BackendDirectory
    private let makeTimer: @Sendable () -> Timer
    private let lease: Nanoseconds

    /// - Parameters:
    ///   - backends: the backends of this member.
    ///   - lease: how long a new coordinator waits for the requests of all members before it orders them by age.
    ///   - makeTimer: makes a timer for a new queue.
    package init(backends: any BackendDirectory, lease: Nanoseconds, makeTimer: @escaping @Sendable () -> Timer) {
        (self.backends, self.lease, self.makeTimer) = (backends, lease, makeTimer)
    }

    /// Asks for a call of ``AdmissionController/deadlineReached(now:)`` at an instant, as ``AdmissionController`` wants it.
    package typealias Timer = @Sendable (AdmissionController, Instant) -> Void

    /// Whose requests they are; to be called before the first one. From now on nothing starts until there is a coordinator.
    package func attach(_ local: AdmissionController, now: Instant) {
        self.state.withLock { $0.local = local }
        local.setLed(true, caps: nil, now: now)
    }

    /// Who answers what other members ask.
    package func answer(with answer: @escaping Answerer) { self.state.withLock { $0.answer = answer } }

    /// The admission that decides for all, while this member coordinates.
    package var queueForAll: AdmissionController? { self.state.withLock { $0.queue?.admission } }

    /// Where a request of a member is in the queue of all members; nil if it does not wait there, or this member is not coordinator.
    package func place(of number: UInt64, _ member: MemberID, now: Instant) -> MemberPlace? {
        self.queue?.place(of: number, member, now: now)
    }

    /// The requests of all members that wait, in the order in which they would start if no other came; nil if this member is not
    /// coordinator.
    package func places(_ search: PlaceSearch, now: Instant) -> [MemberPlace]? {
        self.queue?.places(search, now: now)
    }

    /// The requests of each member that hold slots and that wait, as far as the coordinator knows; empty if this member is not coordinator.
    package var counts: [MemberID: (held: Int, waiting: Int)] { self.state.withLock { $0.queue }?.counts ?? [:] }

    /// How many grants came too late to be carried out.
    package var voidGrants: Int { self.state.withLock { $0.voidGrants } }

    // MARK: - To the coordinator

    private func tell(
        _ ticket: Ticket,
        isWaiting: Bool = false,
        isUrgent: Bool = true,
        _ message: RequestMessage
    ) {
        let (leader, node) = self.state.withLock { ($0.leader, $0.node) }
        guard let leader, leader.takesWaiting || !isWaiting else { return }
        node?.tell(leader.member, isUrgent: isUrgent) {
            message.write(number: ticket.number, session: leader.session, to: &$0)
        }
    }

    private var local: AdmissionController? { self.state.withLock { $0.local } }
}

extension ClusterAdmission: AdmissionFollower {
    package func arrived(_ ticket: Ticket, _ request: ArrivingRequest, isBehind: Bool) {
        let now = Instant.now()
        // Behind others no slot is free for it now: it can travel with the next thing that is said.
        let message = RequestMessage.arrived(RemoteRequest(request, arrived: now, now: now))
        self.tell(ticket, isWaiting: true, isUrgent: !isBehind, message)
    }

    package func left(_ ticket: Ticket) { self.tell(ticket, .left) }

    package func asks(_ ticket: Ticket) { self.tell(ticket, .asks) }

    package func answered(_ slot: Slot, isStream: Bool) { self.tell(slot.ticket, .answered(isStream: isStream)) }

    package func refused(_ slot: Slot, retryAfter: Nanoseconds?) {
        self.state.withLock { $0.refusals[slot.ticket] = .some(retryAfter) }
    }

    package func moved(_ slot: Slot, _ answer: Reassignment) {
        let refusal = self.state.withLock { $0.refusals.removeValue(forKey: slot.ticket) }
        switch answer {
        // Only while nobody leads.
        case .start: break
        case .queued:
            self.tell(slot.ticket, .needsBackend(refusal.map { .answer(retryAfter: $0?.count) } ?? .unreachable))
        case .rejected, .noBackend: self.ended(slot, .failed, ReplyProgress())
        }
    }

    package func ended(_ slot: Slot, _ ending: Ending, _ progress: ReplyProgress) {
        self.tell(slot.ticket, .ended(ending, ReplyNews(progress, started: slot.started)))
    }
}

extension ClusterAdmission: ClusterDelegate {
    package func attach(_ node: ClusterNode) { self.state.withLock { $0.node = node } }

    package func register(session: UInt64, with coordinator: MemberID) -> (held: [Place: Int], requests: ByteBuffer) {
        let now = Instant.now()
        self.state.withLock { $0.leader = Leader(member: coordinator, session: session) }
        // First, so that what is told is all that there is.
        self.local?.setLed(true, caps: nil, now: now)
        var held: [Place: Int] = [:]
        var requests = LinkWriter()
        for living in self.local?.livingRequests ?? [] {
            guard let backend = living.backend else { continue }
            let url = self.backends.url(of: backend)
            held[Place(model: living.request.model.description, backend: url), default: 0] += 1
            held[Place(model: "", backend: url), default: 0] += 1
            HeldRequest(
                number: living.ticket.number,
                backend: url,
                request: RemoteRequest(living.request, arrived: living.arrived, now: now)
            ).write(to: &requests)
        }
        return (held, requests.buffer)
    }

    package func perform(_ action: ClusterAction, requests: ByteBuffer, _ machine: borrowing ClusterMachine) {
        let now = Instant.now()
        switch action {
        case .ask, .send, .register: break
        case .sendWaiting(let session, let coordinator): self.sendWaiting(session, to: coordinator, now: now)
        case .allow(let allowance): self.allow(allowance, machine.me.id, now: now)
        case .takeOffice: self.takeOffice(now: now)
        case .leaveOffice:
            self.local?.removeTwin()
            self.state.withLock { $0.queue = nil }
        case .registered(let member, let registration):
            self.queue?.register(member, session: registration.session, requests, now: now)
            self.queue?.apply(machine.coordination, now: now)
        case .silent(let member):
            self.queue?.withdraw(member, now: now)
            self.queue?.apply(machine.coordination, now: now)
        case .free(let member), .forget(let member):
            self.queue?.remove(member, now: now)
            self.queue?.apply(machine.coordination, now: now)
        case .grant: self.queue?.apply(machine.coordination, now: now)
        }
    }

    private var queue: ClusterQueue? { self.state.withLock { $0.queue } }

    private func takeOffice(now: Instant) {
        guard let local = self.local else { return }
        let node = self.state.withLock { $0.node }
        let admission = local.makeTwin(now: now, onDeadline: self.makeTimer())
        let queue = ClusterQueue(admission, self.backends, ordersUntil: now + self.lease) { node?.tell($0, $1) }
        self.state.withLock { $0.queue = queue }
    }

    private func sendWaiting(_ session: UInt64, to coordinator: MemberID, now: Instant) {
        let isRight = self.state.withLock { state in
            guard state.leader?.member == coordinator, state.leader?.session == session else { return false }
            state.leader?.takesWaiting = true
            return true
        }
        guard isRight else { return }
        for living in self.local?.livingRequests ?? [] where living.backend == nil {
            let request = RemoteRequest(living.request, arrived: living.arrived, now: now)
            self.tell(living.ticket, isWaiting: true, .arrived(request))
        }
        self.tell(Ticket(number: 0), isWaiting: true, .toldAll)
    }

    private func allow(_ allowance: Allowance, _ me: MemberID, now: Instant) {
        switch allowance {
        case .nothing, .granted: self.local?.setLed(true, caps: nil, now: now)
        case .replacement(let layout):
            self.state.withLock { $0.leader = nil }
            var held: [SlotPlace: Int] = [:]
            for living in self.local?.livingRequests ?? [] {
                guard let backend = living.backend else { continue }
                held[SlotPlace(model: living.request.model, backend: backend), default: 0] += 1
                held[SlotPlace(model: nil, backend: backend), default: 0] += 1
            }
            let caps = SlotCaps { [held] limit, model, backend in
                let most = held[SlotPlace(model: model, backend: backend)] ?? 0
                return limit == .max ? most : min(most, layout.share(of: me, in: limit))
            }
            self.local?.setLed(false, caps: caps, now: now)
        case .share(let layout):
            self.state.withLock { $0.leader = nil }
            let caps = SlotCaps { limit, _, _ in limit == .max ? limit : layout.share(of: me, in: limit) }
            self.local?.setLed(false, caps: caps, now: now)
        }
    }

    // MARK: - Messages

    package func receive(
        _ words: ByteBuffer,
        from member: MemberID,
        _ machine: borrowing ClusterMachine
    ) throws(LinkError) -> UInt64? {
        let now = Instant.now()
        var link = LinkReader(words)
        var void: UInt64?
        while !link.isAtEnd {
            let (message, number, session) = try RequestMessage.read(from: &link)
            void = self.receive(message, number, session, from: member, machine, now: now) ?? void
        }
        return void
    }

    private func receive(
        _ message: RequestMessage,
        _ number: UInt64,
        _ session: UInt64,
        from member: MemberID,
        _ machine: borrowing ClusterMachine,
        now: Instant
    ) -> UInt64? {
        switch message {
        case .arrived, .left, .asks, .toldAll, .answered, .needsBackend, .ended:
            guard machine.isCurrent(session, of: member) else { return nil }
            self.queue?.receive(message, number, of: member, now: now)
        case .start(let url, let rule, let place):
            guard self.isLed(by: member, session) else { return nil }
            guard machine.mayStart(session: session, now: ClusterClock.now) else {
                self.state.withLock { $0.voidGrants += 1 }
                return session
            }
            self.start(Ticket(number: number), on: url, rule, place, now: now)
        case .turnedAway(let rejection, let place):
            guard self.isLed(by: member, session) else { return nil }
            _ = self.local?.turnAway(Ticket(number: number), rejection, place: place, now: now)
        case .timedOut(let standing, let place):
            guard self.isLed(by: member, session) else { return nil }
            self.local?.timeOut(Ticket(number: number), standing, place: place, now: now)
        case .waits(let waiting, let place):
            guard self.isLed(by: member, session) else { return nil }
            self.local?.show(Ticket(number: number), waiting, place: place)
        }
        return nil
    }

    package func answer(_ question: [UInt8], from member: MemberIdentity) async -> [UInt8]? {
        await self.state.withLock { $0.answer }?(question, member)
    }

    private func isLed(by member: MemberID, _ session: UInt64) -> Bool {
        self.state.withLock { $0.leader?.member == member && $0.leader?.session == session }
    }

    private func start(_ ticket: Ticket, on url: String, _ rule: StartRule, _ place: QueuePlace?, now: Instant) {
        if let backend = self.backends.backend(url) {
            if self.local?.grant(ticket, on: backend, rule: rule, place: place, now: now) == true { return }
        } else {
            // The members have different backends: nobody else can serve it here.
            _ = self.local?.turnAway(ticket, .noBackend(retryAfter: 1), place: place, now: now)
        }
        // It has left in the meantime.
        self.tell(ticket, .ended(.cancelled, ReplyNews()))
    }
}

/// A model on a backend, or all models there.
private struct SlotPlace: Hashable {
    let model: ModelName?
    let backend: BackendIndex
}
