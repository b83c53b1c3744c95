// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A member of a cluster: who coordinates, whether it is this one, and what may be started.
///
/// Pure: events in, actions out, time as an argument. Time is that of a clock that goes on while the machine sleeps; clocks of
/// members need not agree.
package struct ClusterMachine: Sendable {
    /// What this process is in the cluster.
    package private(set) var me: MemberIdentity
    private let options: ClusterOptions
    private var highestTerm = Term.none
    private var contact = Contact.newborn
    private var layout = Layout()
    private var session: UInt64 = 0
    private var allowance = Allowance.nothing
    /// The office of the coordinator, while this member has it.
    package private(set) var coordination: Coordination?
    /// What the store has listed, without this one; kept if the store forgets.
    private var peers: [MemberID: MemberIdentity] = [:]
    private var dead: Set<MemberID> = []
    /// Whether the store knows that this member has been led, so that a new coordinator asks it what it holds.
    private var isAnnounced = false
    private var asked: Instant?
    private var nextBeat: Instant
    /// Until when it leaves the office to others, because it reached hardly any of them.
    private var standsBack: Instant?
    /// When it may grant something at the earliest; nil if it has not led with a store that knew no term.
    private var opens: Instant?
    private var isStopping = false

    /// Makes a member that has not been led yet.
    ///
    /// - Parameters:
    ///   - me: its identity, with a random id.
    ///   - options: the times.
    ///   - memory: what an earlier process of this installation knew (``memory``): the store may have forgotten it. Defaults to nothing.
    ///   - now: the time.
    package init(_ me: MemberIdentity, _ options: ClusterOptions, memory: Memory = Memory(), now: Instant) {
        self.me = me
        self.options = options
        self.nextBeat = now
        self.highestTerm = memory.term
        for peer in memory.peers where peer.id != me.id { self.peers[peer.id] = peer }
    }

    /// What a process leaves to the next one of its installation.
    package struct Memory: Hashable, Sendable {
        /// The latest term that it has seen.
        package var term = Term.none
        /// The other members.
        package var peers: [MemberIdentity] = []

        /// Nothing.
        package init() {}
    }

    /// What the next process of this installation has to know; to be kept whenever it has changed.
    package var memory: Memory {
        var memory = Memory()
        memory.term = self.highestTerm
        memory.peers = self.knownMembers.compactMap { self.peers[$0] }
        // Those that die while nobody looks are found to be dead, and those that are not led yet may be by then.
        for index in memory.peers.indices { memory.peers[index].hasBeenLed = true }
        return memory
    }

    // MARK: - Questions

    /// Whether a grant of this session may be carried out: to be asked right before a request is sent.
    package func mayStart(session: UInt64, now: Instant) -> Bool {
        guard case .led(let leader, let heard) = self.contact else { return false }
        return leader.session == session && heard.duration(to: now) < self.options.lease
    }

    /// Whether this member is coordinator and may grant.
    package func mayGrant(now: Instant) -> Bool { self.coordination?.mayGrant(now: now) ?? false }

    /// What is free of a limit, if this member is coordinator; see ``Coordination/room(in:at:now:held:)``.
    package func room(in limit: Int, at place: Place, now: Instant, held: (MemberID) -> Int) -> Int {
        self.coordination?.room(in: limit, at: place, now: now, held: held) ?? 0
    }

    /// Whether a message about requests counts: this member is coordinator, and that is the sender's last registration.
    package func isCurrent(_ session: UInt64, of member: MemberID) -> Bool {
        self.coordination?.isCurrent(session, of: member) ?? false
    }

    /// Who leads this member, and under which number; nil without a coordinator.
    package var leader: (member: MemberID, term: Term, session: UInt64)? {
        guard case .led(let leader, _) = self.contact else { return nil }
        return (leader.member, leader.term, leader.session)
    }

    /// The term of this member's own office; nil if it is not coordinator.
    package var officeTerm: Term? { self.coordination?.term }

    /// The session of a registered member, if this one is coordinator; nil for others.
    package func session(of member: MemberID) -> UInt64? { self.coordination?.session(of: member) }

    /// The other members that are known, in order; somebody has to look whether they are dead.
    package var knownMembers: [MemberID] { self.peers.keys.sorted() }

    /// The other members that are known, in order.
    package var peerIdentities: [MemberIdentity] { self.knownMembers.compactMap { self.peers[$0] } }

    /// What may be started now.
    package func currentAllowance(now: Instant) -> Allowance {
        // Time may have passed since the last event.
        self.contact.isOver(now: now, lease: self.options.lease)
            ? .nothing : self.contact.allowance(self.layout, self.options, now: now)
    }

    /// How this member stands to the cluster.
    package enum Standing: Hashable, Sendable {
        /// It has never been led: it starts nothing.
        case starting
        /// It has a coordinator.
        case led
        /// It has lost its coordinator at this instant.
        case alone(since: Instant)
    }

    /// How this member stands to the cluster now.
    package var standing: Standing {
        switch self.contact {
        case .newborn: .starting
        case .joining: .starting
        case .led: .led
        case .alone(let since): .alone(since: since)
        }
    }

    // MARK: - Events

    /// A message about requests has come: time has passed.
    package mutating func passTime(now: Instant) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        self.advance(to: now, &actions)
        return actions
    }

    /// Time has passed. To be called at least eight times in a lease.
    package mutating func tick(now: Instant) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        self.advance(to: now, &actions)
        guard now >= self.nextBeat else { return actions }
        self.nextBeat = now + self.options.beat
        if let beats = self.coordination?.beat(now: now) { actions += beats }
        self.ask(now: now, &actions)
        return actions
    }

    /// The store has answered.
    package mutating func storeAnswered(
        _ question: StoreQuestion,
        _ reading: StoreReading,
        now: Instant
    ) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        self.advance(to: now, &actions)
        if self.asked == question.asked { self.asked = nil }
        if question.member.hasBeenLed { self.isAnnounced = true }
        self.dead = self.dead.filter { id in reading.members.contains { $0.id == id } }
        self.note(reading.members, now: now)
        if let (holder, term) = reading.holder, holder.id == self.me.id {
            self.holdOffice(term, question, now: now, &actions)
        } else if let (_, term) = reading.holder, let mine = self.coordination?.term, term > mine {
            self.leaveOffice(.superseded(term), now: now, &actions)
        }
        self.noteAllowance(now: now, &actions)
        return actions
    }

    /// The store has not answered.
    package mutating func storeFailed(_ question: StoreQuestion, now: Instant) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        if self.asked == question.asked { self.asked = nil }
        self.advance(to: now, &actions)
        return actions
    }

    /// A member's address refuses connections, after its link was closed or before there was one: its process has ended.
    package mutating func refused(_ member: MemberID, now: Instant) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        self.advance(to: now, &actions)
        self.remove(member, now: now, &actions)
        self.noteAllowance(now: now, &actions)
        return actions
    }

    /// The link to a member was closed, with whatever was on its way; the member itself may go on.
    package mutating func linkClosed(_ member: MemberID, now: Instant) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        self.advance(to: now, &actions)
        if self.coordination?.linkClosed(member) == true { actions.append(.silent(member)) }
        // What was lost may have been a grant or an ending: only a new registration sets that right.
        if self.contact.leader?.member == member { self.loseContact(now: now) }
        self.advance(to: now, &actions)
        return actions
    }

    /// A grant has arrived that must not be carried out (``mayStart(session:now:)``): only a new registration tells the coordinator.
    package mutating func refuseGrant(session: UInt64, now: Instant) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        self.advance(to: now, &actions)
        if self.contact.leader?.session == session { self.loseContact(now: now) }
        self.noteAllowance(now: now, &actions)
        return actions
    }

    /// A message has arrived.
    package mutating func receive(
        _ message: LinkMessage,
        from sender: MemberIdentity,
        now: Instant
    ) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        self.advance(to: now, &actions)
        switch message {
        case .lead(let lead): self.follow(lead, from: sender.id, now: now, &actions)
        case .register(let registration):
            if self.coordination?.register(sender, registration, now: now) == true {
                self.dead.remove(sender.id)
                actions += [.registered(sender.id, registration), .grant]
            }
        case .beat(let beat):
            if let lead = self.coordination?.hear(beat, from: sender.id, now: now) { actions.append(lead) }
        case .newer(let term):
            self.highestTerm = max(self.highestTerm, term)
            if let mine = self.coordination, term > mine.term || term == mine.term && mine.isClosed(now: now) {
                self.leaveOffice(.superseded(term), now: now, &actions)
            }
        case .retired(let term):
            if let leader = self.contact.leader, leader.member == sender.id, leader.term == term {
                self.loseContact(now: now)
                self.ask(now: now, &actions)
            }
        case .leave:
            self.remove(sender.id, now: now, &actions)
        }
        self.noteAllowance(now: now, &actions)
        return actions
    }

    /// An operator stops this process: if it is coordinator, others take over at once. Requests that it holds go on.
    package mutating func stop(now: Instant) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        self.isStopping = true
        self.leaveOffice(.stopping, now: now, &actions)
        self.asked = nil
        self.ask(now: now, &actions)
        self.noteAllowance(now: now, &actions)
        return actions
    }

    // MARK: - The member

    private mutating func follow(_ lead: Lead, from sender: MemberID, now: Instant, _ actions: inout [ClusterAction]) {
        guard self.accepts(lead.term, of: sender, now: now, &actions) else {
            actions.append(.send(.newer(self.highestTerm), to: sender))
            return
        }
        if lead.term > self.highestTerm {
            self.highestTerm = lead.term
            if let mine = self.coordination?.term, mine < lead.term {
                self.leaveOffice(.superseded(lead.term), now: now, &actions)
            }
        }
        self.note(lead.members, now: now)
        guard self.mayRegister else { return }
        let leader: Contact.Leader
        if let known = self.contact.leader, known.member == sender, known.term == lead.term,
            self.contact.isJoining || lead.session == known.session
        {
            leader = known
            if let echo = lead.echo, lead.session == known.session { self.confirm(leader, echo, now: now, &actions) }
        } else {
            self.session += 1
            leader = Contact.Leader(member: sender, term: lead.term, session: self.session)
            self.contact = .joining(leader, since: now)
            actions.append(
                .register(term: lead.term, session: self.session, layout: self.layout, with: sender)
            )
            if sender != self.me.id { self.standsBack = nil }
        }
        self.layout = lead.layout
        actions.append(
            .send(
                .beat(
                    Beat(
                        term: lead.term,
                        sent: now,
                        echo: lead.sent,
                        session: leader.session,
                        layout: lead.layout
                    )
                ),
                to: sender
            )
        )
    }

    /// Whether a coordinator is to be followed. A store that has lost its memory gives the first term again: then the one counts that leads
    /// already. Of two that coordinate both, the one that has not opened yet leaves its office, or that with the lesser id.
    private mutating func accepts(
        _ term: Term,
        of sender: MemberID,
        now: Instant,
        _ actions: inout [ClusterAction]
    ) -> Bool {
        guard term == self.highestTerm, sender != self.me.id else { return term >= self.highestTerm }
        if let mine = self.coordination, mine.term == term {
            guard mine.isClosed(now: now) || self.me.id < sender else { return false }
            self.leaveOffice(.superseded(term), now: now, &actions)
        }
        return self.contact.leader.map { $0.member == sender } ?? true
    }

    /// A member that nobody knows to hold anything registers once the store has noted that it may.
    private var mayRegister: Bool {
        mutating get {
            self.me.hasBeenLed = true
            return self.isAnnounced
        }
    }

    private mutating func confirm(
        _ leader: Contact.Leader,
        _ echo: Instant,
        now: Instant,
        _ actions: inout [ClusterAction]
    ) {
        // What this member will say later nobody can have heard.
        guard echo <= now, echo.duration(to: now) < self.options.lease else { return }
        if case .led(_, let heard) = self.contact {
            self.contact = .led(leader, heard: max(heard, echo))
        } else {
            self.contact = .led(leader, heard: echo)
            actions.append(.sendWaiting(session: leader.session, to: leader.member))
        }
    }

    private mutating func loseContact(now: Instant) {
        switch self.contact {
        case .newborn, .alone: break
        case .joining, .led: self.contact = .alone(since: now)
        }
    }

    private mutating func noteAllowance(now: Instant, _ actions: inout [ClusterAction]) {
        let allowance = self.contact.allowance(self.layout, self.options, now: now)
        guard allowance != self.allowance else { return }
        self.allowance = allowance
        actions.append(.allow(allowance))
    }

    // MARK: - The office

    private mutating func holdOffice(
        _ term: Term,
        _ question: StoreQuestion,
        now: Instant,
        _ actions: inout [ClusterAction]
    ) {
        let until = question.asked + self.options.office
        if let mine = self.coordination, mine.term == term {
            self.coordination?.renew(until: until)
            return
        }
        // Somebody may have begun to lead in the meantime; it is given back by the next question.
        guard case .take = question.office, !self.isStopping, self.contact.leader == nil, self.coordination == nil,
            term > self.highestTerm, now < until
        else { return }
        self.highestTerm = term
        // A store without a term is new, or has lost its memory: members that nobody here knows write themselves into it again meanwhile.
        if term == .first { self.opens = now + self.options.lease * 2 }
        self.coordination = Coordination(
            term: term,
            members: [self.me] + self.peers.values,
            layout: self.layout,
            until: until,
            options: self.options,
            now: now
        )
        if let opens = self.opens { self.coordination?.stayClosed(until: opens) }
        actions.append(.takeOffice(term))
        if let beats = self.coordination?.beat(now: now) { actions += beats }
    }

    private mutating func leaveOffice(
        _ reason: ClusterAction.Reason,
        now: Instant,
        _ actions: inout [ClusterAction]
    ) {
        guard let coordination = self.coordination else { return }
        self.coordination = nil
        for member in coordination.ids where member != self.me.id {
            actions.append(.send(.retired(coordination.term), to: member))
        }
        actions.append(.leaveOffice(coordination.term, reason))
        if let leader = self.contact.leader, leader.member == self.me.id { self.loseContact(now: now) }
    }

    // MARK: - Members and the store

    private mutating func note(_ members: [MemberIdentity], now: Instant) {
        for member in members where member.id != self.me.id && !self.dead.contains(member.id) {
            // The store may not know yet what a coordinator knows.
            let known = self.peers[member.id]
            guard known != nil || self.peers.count < MemberIdentity.mostMembers - 1 else { continue }
            let hasBeenLed = known?.hasBeenLed ?? false
            self.peers[member.id] = member
            if hasBeenLed { self.peers[member.id]?.hasBeenLed = true }
            self.coordination?.add(member, now: now)
        }
    }

    private mutating func remove(_ member: MemberID, now: Instant, _ actions: inout [ClusterAction]) {
        guard member != self.me.id else { return }
        self.peers[member] = nil
        self.dead.insert(member)
        if self.coordination != nil {
            self.coordination?.remove(member, now: now)
            actions += [.free(member), .grant]
        }
        if self.contact.leader?.member == member {
            self.loseContact(now: now)
            self.asked = nil
            self.ask(now: now, &actions)
        }
    }

    private mutating func ask(now: Instant, _ actions: inout [ClusterAction]) {
        if let asked = self.asked, asked.duration(to: now) < self.options.lease { return }
        self.asked = now
        let office: StoreQuestion.Office
        if self.isStopping {
            office = .resign
        } else if let term = self.coordination?.term {
            office = .renew(term)
        } else if self.contact.leader != nil || (self.standsBack.map { now < $0 } ?? false) {
            office = .resign
        } else {
            office = .take(after: self.highestTerm)
        }
        actions.append(
            .ask(StoreQuestion(member: self.me, office: office, dead: self.dead.sorted(), asked: now))
        )
    }

    private mutating func advance(to now: Instant, _ actions: inout [ClusterAction]) {
        if let coordination = self.coordination {
            if !coordination.isInOffice(now: now) {
                self.leaveOffice(.leaseEnded, now: now, &actions)
            } else if self.standsBack == nil, coordination.isLonely(self.me.id, now: now) {
                // Once: if nobody else takes it, this is the best there is.
                self.standsBack = now + self.options.lease * 2
                self.leaveOffice(.lonely, now: now, &actions)
            } else {
                actions += self.coordination?.advance(to: now) ?? []
            }
        }
        if self.contact.isOver(now: now, lease: self.options.lease) { self.loseContact(now: now) }
        self.noteAllowance(now: now, &actions)
    }
}
