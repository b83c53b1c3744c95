// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockCluster
internal import PaddockClusterLink
internal import PaddockClusterNode
internal import Synchronization

/// The queue of the coordinator: an admission whose waiters are the requests of all members.
///
/// Members call on the thread of the node, one after the other; the admission calls its waiters on any thread.
final class ClusterQueue: Sendable {
    private struct Key: Hashable {
        let member: MemberID
        let number: UInt64
    }

    private struct Entry {
        let model: ModelName
        var ticket: Ticket?
        var slot: Slot?
        /// Where it was at its arrival, which its member is told with the next word about it.
        var place: QueuePlace?
    }

    /// A request that came before all members had told theirs.
    private struct Early {
        let key: Key
        let request: RemoteRequest
        let arrived: Instant
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var sessions: [MemberID: UInt64] = [:]
        /// nil once the requests of all members are in order.
        var early: [Early]? = []
        /// Whether all members that may hold something have registered.
        var isWhole = false
        /// Those that have registered, and have not told yet of all that waits.
        var untold: Set<MemberID> = []
    }

    /// A request of a member.
    private final class RemoteWaiter: Waiter {
        private let key: Key
        private weak let queue: ClusterQueue?

        init(_ key: Key, _ queue: ClusterQueue) { (self.key, self.queue) = (key, queue) }

        func hear(_ answer: WaiterAnswer) { self.queue?.hear(answer, self.key) }
    }

    /// Sends to a member what is written.
    typealias Send = @Sendable (MemberID, (inout LinkWriter) -> Void) -> Void

    private let state = Mutex(State())
    /// Decides for all.
    let admission: AdmissionController
    private let backends: any BackendDirectory
    private let ordersUntil: Instant
    private let send: Send

    /// - Parameters:
    ///   - admission: decides for all; without requests.
    ///   - backends: the backends.
    ///   - ordersUntil: until when requests wait for those of other members at the most, to be put in the order of their arrival.
    ///   - send: sends to a member what is written.
    init(
        _ admission: AdmissionController,
        _ backends: any BackendDirectory,
        ordersUntil: Instant,
        send: @escaping Send
    ) {
        (self.admission, self.backends, self.ordersUntil, self.send) = (admission, backends, ordersUntil, send)
        // Until it is known what members hold.
        admission.setLed(false, caps: .nothing, now: .now())
    }

    private func tell(_ key: Key, _ message: RequestMessage) {
        guard let session = self.state.withLock({ $0.sessions[key.member] }) else { return }
        self.send(key.member) { message.write(number: key.number, session: session, to: &$0) }
    }

    /// The requests of each member that hold slots and that wait.
    var counts: [MemberID: (held: Int, waiting: Int)] {
        self.state.withLock { state in
            state.entries.reduce(into: [:]) { counts, entry in
                let isHeld = entry.value.slot != nil
                counts[entry.key.member, default: (0, 0)].held += isHeld ? 1 : 0
                counts[entry.key.member, default: (0, 0)].waiting += isHeld ? 0 : 1
            }
        }
    }

    // MARK: - Members

    /// A member has told what it holds; what waits comes later. Nothing starts until ``apply(_:now:)``.
    func register(_ member: MemberID, session: UInt64, _ requests: ByteBuffer, now: Instant) {
        // What it held before is still there, if it tells it again: its slots are not for others in between.
        self.admission.setLed(false, caps: .nothing, now: now)
        self.remove(member, now: now)
        self.state.withLock { state in
            state.sessions[member] = session
            state.untold.insert(member)
        }
        var link = LinkReader(requests)
        while !link.isAtEnd, let held = try? HeldRequest(from: &link) {
            // A backend that this member does not have takes no slot here.
            guard let backend = self.backends.backend(held.backend) else { continue }
            let key = Key(member: member, number: held.number)
            // Told twice it holds one slot.
            guard self.slot(key) == nil else { continue }
            let request = held.request.arriving(now: now)
            let slot = self.admission.adopt(request, waiter: RemoteWaiter(key, self), on: backend, now: now)
            self.state.withLock { $0.entries[key] = Entry(model: held.request.model, slot: slot) }
        }
    }

    /// What waits for a member waits no longer.
    func withdraw(_ member: MemberID, now: Instant) {
        let waiting = self.state.withLock { state in
            state.untold.remove(member)
            let keys = state.entries.filter { $0.key.member == member && $0.value.slot == nil }
            for key in keys.keys { state.entries[key] = nil }
            return keys.values.compactMap(\.ticket)
        }
        for ticket in waiting { _ = self.admission.cancel(ticket, now: now) }
    }

    /// A member holds nothing any more, and nothing waits for it.
    func remove(_ member: MemberID, now: Instant) {
        self.withdraw(member, now: now)
        let held = self.state.withLock { state in
            let keys = state.entries.filter { $0.key.member == member }
            for key in keys.keys { state.entries[key] = nil }
            state.sessions[member] = nil
            return keys.values.compactMap(\.slot)
        }
        for slot in held { self.admission.end(slot, .cancelled, ReplyProgress(), now: now) }
    }

    /// Takes over what the office knows of members: what has to be left of each limit for those that are silent or unknown.
    func apply(_ office: Coordination?, now: Instant) {
        guard let office else { return }
        let held = self.state.withLock { state in
            state.entries.reduce(into: [HeldPlace: Int]()) { held, entry in
                guard let slot = entry.value.slot else { return }
                let (member, model) = (entry.key.member, entry.value.model)
                held[HeldPlace(member: member, model: model, backend: slot.backend), default: 0] += 1
                held[HeldPlace(member: member, model: nil, backend: slot.backend), default: 0] += 1
            }
        }
        let backends = self.backends
        // Asked anew for each start, as the office and the silence of members depend on time. What members hold that are not silent counts
        // on both sides, so that what they begin meanwhile changes nothing.
        let caps = SlotCaps { limit, model, backend in
            let time = ClusterClock.now
            guard office.mayGrant(now: time) else { return 0 }
            guard limit != .max, !office.isWhole(now: time) else { return limit }
            let place = Place(model: model?.description ?? "", backend: backends.url(of: backend))
            return office.cap(on: limit, at: place, now: time) {
                held[HeldPlace(member: $0, model: model, backend: backend)] ?? 0
            }
        }
        self.state.withLock { $0.isWhole = office.isWhole(now: ClusterClock.now) }
        self.putInOrder(now: now)
        self.admission.setLed(false, caps: caps, now: now)
    }

    private struct HeldPlace: Hashable {
        let member: MemberID
        let model: ModelName?
        let backend: BackendIndex
    }

    // MARK: - Requests

    /// A member has said something about a request.
    func receive(_ message: RequestMessage, _ number: UInt64, of member: MemberID, now: Instant) {
        let key = Key(member: member, number: number)
        switch message {
        case .arrived(let request): self.arrived(request, key, now: now)
        case .left: self.left(key, now: now)
        case .answered(let isStream):
            if let slot = self.slot(key) { self.admission.begin(slot, isStream: isStream, now: now) }
        case .needsBackend(let refused): self.move(key, refused, now: now)
        case .ended(let ending, let news):
            guard let slot = self.slot(key) else { return self.left(key, now: now) }
            self.state.withLock { $0.entries[key] = nil }
            self.admission.end(slot, ending, news.progress(started: slot.started, now: now), now: now)
        case .asks: self.tellPlace(key, now: now)
        case .toldAll:
            self.state.withLock { _ = $0.untold.remove(member) }
            self.putInOrder(now: now)
        case .start, .turnedAway, .timedOut, .waits: break
        }
    }

    private func slot(_ key: Key) -> Slot? { self.state.withLock { $0.entries[key]?.slot } }

    private func arrived(_ request: RemoteRequest, _ key: Key, now: Instant) {
        let isDue = self.state.withLock { state in
            // It may have been told of twice, on its arrival and with all that wait.
            guard state.entries[key] == nil else { return false }
            state.entries[key] = Entry(model: request.model)
            let arrived = Instant(nanoseconds: now.nanoseconds &- request.age.count)
            state.early?.append(Early(key: key, request: request, arrived: arrived))
            return state.early == nil
        }
        if isDue { self.enter(request, key, now: now) }
    }

    /// If all members have told what waits, or have had their time, it enters in the order in which it arrived, whichever member it came to.
    private func putInOrder(now: Instant) {
        let early = self.state.withLock { state in
            let isDue = state.isWhole && state.untold.isEmpty || now >= self.ordersUntil
            return isDue ? state.early.take() : nil
        }
        guard let early else { return }
        for request in early.sorted(by: { $0.arrived < $1.arrived })
        where self.state.withLock({ $0.entries[request.key] != nil }) {
            self.enter(request.request, request.key, now: now)
        }
    }

    private func enter(_ request: RemoteRequest, _ key: Key, now: Instant) {
        switch self.admission.arrive(request.arriving(now: now), waiter: RemoteWaiter(key, self), now: now) {
        case .start(let slot): self.started(slot, key)
        case .queued(let ticket, let position, let wait):
            // It may have got its slot already.
            let reason = self.admission.waitReason(of: ticket, now: now) ?? .slot
            let place = position.map { QueuePlace(position: $0, estimatedWait: wait, reason: reason) }
            self.state.withLock { state in
                state.entries[key]?.ticket = ticket
                state.entries[key]?.place = place
            }
        case .rejected(let rejection): self.turnedAway(rejection, key)
        }
    }

    private func left(_ key: Key, now: Instant) {
        guard let entry = self.state.withLock({ $0.entries[key] }), entry.slot == nil else { return }
        guard let ticket = entry.ticket else { return self.state.withLock { $0.entries[key] = nil } }
        // If it has just got a slot, its member refuses that, and says so.
        if self.admission.cancel(ticket, now: now) { self.state.withLock { $0.entries[key] = nil } }
    }

    private func move(_ key: Key, _ refused: RequestMessage.RefusedBy, now: Instant) {
        // Taken first: it may get another one while this waits for the answer.
        let slot = self.state.withLock { $0.entries[key]?.slot.take() }
        guard let slot else { return }
        self.state.withLock { $0.entries[key]?.ticket = slot.ticket }
        let refusal: BackendRefusal? =
            switch refused {
            case .unreachable: nil
            case .answer(let retryAfter): BackendRefusal(retryAfter: retryAfter.map { Nanoseconds($0) })
            }
        switch self.admission.move(slot, refusal: refusal, now: now) {
        case .start(let slot): self.started(slot, key)
        case .queued: break
        case .rejected(let rejection): self.turnedAway(rejection, key)
        case .noBackend: self.turnedAway(.noBackend(retryAfter: 1), key)
        case nil:
            self.admission.end(slot, .failed, ReplyProgress(), now: now)
            self.turnedAway(.noBackend(retryAfter: 1), key)
        }
    }

    private func hear(_ answer: WaiterAnswer, _ key: Key) {
        switch answer {
        case .start(let slot): self.started(slot, key)
        case .reject(let rejection): self.turnedAway(rejection, key)
        case .timeOut(_, let standing): self.tell(key, .timedOut(standing, self.forget(key)))
        // Operators cancel requests at the members that have them.
        case .cancel, .placed, .waits: break
        }
    }

    private func started(_ slot: Slot, _ key: Key) {
        let entry = self.state.withLock { state in
            state.entries[key]?.slot = slot
            return state.entries[key]
        }
        // Its member has gone meanwhile.
        guard let entry else { return self.admission.end(slot, .cancelled, ReplyProgress(), now: .now()) }
        // One that has no ticket has never waited.
        let place = entry.place ?? (entry.ticket == nil ? .free : nil)
        self.tell(key, .start(backend: self.backends.url(of: slot.backend), rule: slot.rule, place))
    }

    private func turnedAway(_ rejection: Rejection, _ key: Key) {
        self.tell(key, .turnedAway(rejection, self.forget(key)))
    }

    /// - Returns: Where it was at its arrival.
    private func forget(_ key: Key) -> QueuePlace? {
        self.state.withLock { $0.entries.removeValue(forKey: key) }?.place
    }

    // MARK: - Places

    private func tellPlace(_ key: Key, now: Instant) {
        guard let entry = self.state.withLock({ $0.entries[key] }), let ticket = entry.ticket,
            let waiting = self.admission.waiting(ticket, now: now)
        else { return }
        self.tell(key, .waits(waiting, entry.place))
    }

    /// Where a request of a member is; nil if it does not wait here.
    func place(of number: UInt64, _ member: MemberID, now: Instant) -> MemberPlace? {
        let ticket = self.state.withLock { $0.entries[Key(member: member, number: number)]?.ticket }
        return ticket.flatMap { self.admission.waiting($0, now: now) }.map {
            MemberPlace(member: member, number: number, waiting: $0)
        }
    }

    /// The requests that wait, in the order in which they would start if no other came.
    func places(_ search: PlaceSearch, now: Instant) -> [MemberPlace] {
        // First, so that whatever is read later is known.
        let readings = self.admission.requests(of: search.model, now: now)
        let keys = self.state.withLock { state in
            state.entries.reduce(into: [Ticket: Key]()) { keys, entry in
                if entry.value.slot == nil, let ticket = entry.value.ticket { keys[ticket] = entry.key }
            }
        }
        var places: [MemberPlace] = []
        for reading in readings where places.count < search.limit {
            guard let waiting = WaitingRequest(reading), let key = keys[reading.ticket],
                search.client.map({ $0 == reading.client }) ?? true, search.member.map({ $0 == key.member }) ?? true
            else { continue }
            places.append(MemberPlace(member: key.member, number: key.number, waiting: waiting))
        }
        return places
    }
}
