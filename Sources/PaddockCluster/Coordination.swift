// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// The office of a coordinator: which members there are, what of each limit the silent ones may hold, and whether it may grant anything.
///
/// What a member holds is known to whoever keeps the queue; this adds what nobody has told.
package struct Coordination: Sendable {
    /// The term.
    let term: Term
    /// How the members share while they have no coordinator.
    private(set) var layout: Layout
    private let began: Instant
    /// Before this nothing is granted.
    private var opens: Instant
    private let options: ClusterOptions
    private var until: Instant
    private var members: [MemberID: Member] = [:]
    /// What those held that have registered, each when it first did: with what is unaccounted for no more than the limit. Only
    /// while there are members that have not registered.
    private var accounted: [Place: Int] = [:]
    /// About how many places are kept in there.
    private static let maxAccounted = 100_000

    private struct Member {
        let identity: MemberIdentity
        var phase: Phase
    }

    private enum Phase {
        /// It has never been led: it holds nothing.
        case newcomer
        /// It has not registered since the office began, or since it was found.
        case unknown(since: Instant)
        case registered(Registered)
    }

    private struct Registered {
        var session: UInt64
        /// When the last sign of life was sent that it has answered.
        var heard: Instant
        /// When it sent its last answer, by its clock.
        var sent: Instant?
        /// The layout that it went by when it last answered.
        var layout: Layout
        /// How long its last answer took.
        var roundTrip: Nanoseconds?
        /// Whether what it holds no longer counts.
        var isForgotten = false
        /// Whether the registration no longer counts: the member was silent, or its link was closed.
        var isCut = false
    }

    /// Begins the office.
    ///
    /// - Parameters:
    ///   - term: the term.
    ///   - members: all known members, the coordinator included.
    ///   - layout: what it has gone by as a member.
    ///   - until: when its lease runs out.
    ///   - options: the times.
    ///   - now: the time.
    init(
        term: Term,
        members: [MemberIdentity],
        layout: Layout,
        until: Instant,
        options: ClusterOptions,
        now: Instant
    ) {
        self.term = term
        self.layout = layout
        self.until = until
        self.opens = now
        self.options = options
        self.began = now
        for member in members { self.add(member, now: now) }
    }

    // MARK: - Members

    /// A member is listed in the store. One that holds nothing, or is known, changes nothing.
    mutating func add(_ identity: MemberIdentity, now: Instant) {
        guard self.members[identity.id] == nil, self.hasRoom(for: identity.id) else { return }
        self.members[identity.id] = Member(
            identity: identity,
            phase: identity.hasBeenLed ? .unknown(since: now) : .newcomer
        )
    }

    private func hasRoom(for member: MemberID) -> Bool {
        self.members.count < MemberIdentity.mostMembers || self.members[member] != nil
    }

    /// A member tells what it holds.
    ///
    /// - Returns: Whether it counts: the registration is for this term and newer than the last.
    mutating func register(_ identity: MemberIdentity, _ registration: Registration, now: Instant) -> Bool {
        guard registration.term == self.term, self.hasRoom(for: identity.id) else { return false }
        if case .registered(let known)? = self.members[identity.id]?.phase, known.session >= registration.session {
            return false
        }
        let isFirst = if case .registered? = self.members[identity.id]?.phase { false } else { true }
        // Without those that are left out here less is granted.
        if isFirst, self.hasUnaccounted(now: now), self.accounted.count < Self.maxAccounted {
            self.accounted.merge(registration.held, uniquingKeysWith: +)
        }
        self.members[identity.id] = Member(
            identity: identity,
            phase: .registered(
                Registered(session: registration.session, heard: now, layout: registration.layout)
            )
        )
        self.forgetAccountsIfComplete(now: now)
        return true
    }

    /// A member has answered a sign of life.
    ///
    /// - Returns: The next sign of life, if this was the first answer of a session: it tells the member that it is led.
    mutating func hear(_ beat: Beat, from member: MemberID, now: Instant) -> ClusterAction? {
        guard beat.term == self.term, case .registered(var known)? = self.members[member]?.phase,
            known.session == beat.session, !known.isCut,
            // What has not been sent yet nobody can answer.
            beat.echo <= now
        else { return nil }
        let isFirst = known.sent == nil
        known.heard = max(known.heard, beat.echo)
        known.sent = max(known.sent ?? beat.sent, beat.sent)
        known.layout = beat.layout
        known.roundTrip = beat.echo.duration(to: now)
        self.members[member]?.phase = .registered(known)
        return isFirst ? self.lead(member, now: now) : nil
    }

    /// A member has ended.
    mutating func remove(_ member: MemberID, now: Instant) {
        self.members[member] = nil
        self.forgetAccountsIfComplete(now: now)
    }

    /// How long the last answer of each member that has one took.
    package var roundTrips: [MemberID: Nanoseconds] {
        self.members.compactMapValues { member in
            if case .registered(let known) = member.phase { known.roundTrip } else { nil }
        }
    }

    /// The members that may hold something, in order.
    private var holders: [MemberIdentity] {
        self.ids.compactMap { id in
            guard let member = self.members[id] else { return nil }
            if case .newcomer = member.phase { return nil }
            var identity = member.identity
            identity.hasBeenLed = true
            return identity
        }
    }

    /// The members, in order.
    var ids: [MemberID] { self.members.keys.sorted() }

    /// The link to a member was closed: it is silent until it registers anew.
    ///
    /// - Returns: Whether it was registered.
    mutating func linkClosed(_ member: MemberID) -> Bool {
        guard case .registered(var known)? = self.members[member]?.phase, !known.isCut else { return false }
        known.isCut = true
        self.members[member]?.phase = .registered(known)
        return true
    }

    /// The session of a registered member.
    func session(of member: MemberID) -> UInt64? {
        if case .registered(let known)? = self.members[member]?.phase, !known.isCut { known.session } else { nil }
    }

    /// Whether grants of a session are still good.
    func isCurrent(_ session: UInt64, of member: MemberID) -> Bool {
        self.session(of: member) == session
    }

    private func isLinked(_ known: Registered, now: Instant) -> Bool {
        !known.isCut && known.heard.duration(to: now) < self.options.silence
    }

    /// How many other members there are that may hold something, and how many of them are linked.
    func others(than me: MemberID, now: Instant) -> (all: Int, linked: Int) {
        var (all, linked) = (0, 0)
        for (id, member) in self.members where id != me {
            switch member.phase {
            case .newcomer: break
            case .unknown: all += 1
            case .registered(let known):
                all += 1
                if self.isLinked(known, now: now) { linked += 1 }
            }
        }
        return (all, linked)
    }

    private func areAllLinked(now: Instant) -> Bool {
        self.members.values.allSatisfy { member in
            switch member.phase {
            case .newcomer: true
            case .unknown: false
            case .registered(let known): self.isLinked(known, now: now)
            }
        }
    }

    private func hasUnaccounted(now: Instant) -> Bool {
        self.members.values.contains { member in
            if case .unknown(let since) = member.phase { since.duration(to: now) < self.options.grace } else { false }
        }
    }

    private mutating func forgetAccountsIfComplete(now: Instant) {
        if !self.hasUnaccounted(now: now) { self.accounted = [:] }
    }

    // MARK: - The office

    /// The lease has been renewed.
    mutating func renew(until: Instant) { self.until = max(self.until, until) }

    /// Nothing is granted before an instant.
    mutating func stayClosed(until opens: Instant) { self.opens = max(self.opens, opens) }

    /// Whether it grants nothing yet, whatever is free.
    func isClosed(now: Instant) -> Bool { now < self.opens }

    /// Whether the office goes on: the lease has not run out; or nobody else can have become coordinator for any member, as all are linked
    /// with this one.
    func isInOffice(now: Instant) -> Bool { now < self.until || self.areAllLinked(now: now) }

    /// Whether anything may be granted.
    package func mayGrant(now: Instant) -> Bool { !self.isClosed(now: now) && self.isInOffice(now: now) }

    /// Whether the office is a burden: hardly any other member is linked, long enough after it began.
    func isLonely(_ me: MemberID, now: Instant) -> Bool {
        let others = self.others(than: me, now: now)
        return others.all >= 2 && others.linked * 2 < others.all
            && self.began.duration(to: now) >= self.options.lease + self.options.beat
    }

    /// What is free of a limit.
    ///
    /// - Parameters:
    ///   - limit: the limit.
    ///   - place: where it holds.
    ///   - held: what a member holds there, as far as it has told.
    ///   - now: the time.
    /// - Returns: How many more may be granted; below 0 if there are too many.
    func room(in limit: Int, at place: Place, now: Instant, held: (MemberID) -> Int) -> Int {
        var taken = 0
        var shares = 0
        var hasUnaccounted = false
        for (id, member) in self.members {
            switch member.phase {
            case .newcomer: break
            case .unknown(let since):
                shares += self.layout.share(of: id, in: limit)
                if since.duration(to: now) < self.options.grace { hasUnaccounted = true }
            case .registered(let known) where self.isLinked(known, now: now): taken += held(id)
            case .registered(let known):
                // It goes by the layout that it has answered, or by one that it was told since.
                let share = max(known.layout.share(of: id, in: limit), self.layout.share(of: id, in: limit))
                taken += max(known.isForgotten ? 0 : held(id), share)
            }
        }
        let unaccounted = hasUnaccounted ? max(shares, limit - (self.accounted[place] ?? 0)) : shares
        return limit - taken - unaccounted
    }

    /// Whether all that is held is known, so that nothing of any limit has to be left.
    package func isWhole(now: Instant) -> Bool { self.areAllLinked(now: now) }

    /// How much of a limit may be held by all members together, as far as they have told: ``room(in:at:now:held:)`` and what is held.
    package func cap(on limit: Int, at place: Place, now: Instant, held: (MemberID) -> Int) -> Int {
        let known = self.members.keys.reduce(0) { $0 + held($1) }
        return self.room(in: limit, at: place, now: now, held: held) + known
    }

    /// What time has changed.
    mutating func advance(to now: Instant) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        for id in self.ids {
            guard let member = self.members[id] else { continue }
            switch member.phase {
            case .newcomer: break
            case .unknown(let since):
                if since.duration(to: now) >= self.options.forget { self.members[id] = nil }
            case .registered(var known):
                let silent = known.heard.duration(to: now)
                if silent >= self.options.silence, !known.isCut {
                    known.isCut = true
                    self.members[id]?.phase = .registered(known)
                    actions.append(.silent(id))
                }
                if silent >= self.options.forget {
                    self.members[id] = nil
                    actions.append(.free(id))
                } else if silent >= self.options.silence + self.options.grace, !known.isForgotten {
                    known.isForgotten = true
                    self.members[id]?.phase = .registered(known)
                    actions.append(.forget(id))
                }
            }
        }
        self.forgetAccountsIfComplete(now: now)
        return actions
    }

    /// The signs of life that are due.
    mutating func beat(now: Instant) -> [ClusterAction] {
        self.stepLayout(now: now)
        return self.ids.map { self.lead($0, now: now) }
    }

    private func lead(_ member: MemberID, now: Instant) -> ClusterAction {
        let session = self.session(of: member)
        let echo: Instant? =
            if session != nil, case .registered(let known)? = self.members[member]?.phase { known.sent } else { nil }
        return .send(
            .lead(
                Lead(
                    term: self.term,
                    sent: now,
                    echo: echo,
                    session: session,
                    layout: self.layout,
                    members: self.holders
                )
            ),
            to: member
        )
    }

    /// Layouts change only while everybody hears of it; a member that ends leaves a gap until then.
    private mutating func stepLayout(now: Instant) {
        guard self.areAllLinked(now: now) else { return }
        var ids: [MemberID] = []
        for (id, member) in self.members {
            guard case .registered(let known) = member.phase else { continue }
            guard known.layout == self.layout else { return }
            ids.append(id)
        }
        _ = self.layout.step(towards: ids.sorted())
    }
}
