// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockCluster

/// What a member that knows the secret may tell a machine, and what a store may that somebody else writes into.
@Suite struct LyingMemberTests {
    private struct Liar {
        static let numbers: [UInt64] = [0, 1, 2, 3, 1 << 31, 1 << 53, .max >> 1, 1 << 63, .max]
        static let times: [Int64] = [.min, .min + 1, -1, 0, 1, 1 << 53, .max - 1, .max]

        var random: SeededRandom
        var term: UInt64 = 1

        mutating func pick<Value>(_ from: [Value]) -> Value { from[self.random.number(below: from.count)] }

        mutating func number() -> UInt64 {
            self.random.number(below: 3) == 0 ? self.random.next() : self.pick(Self.numbers)
        }

        /// Mostly one that is followed.
        mutating func nextTerm() -> Term {
            if self.random.number(below: 4) == 0 { self.term += 1 }
            return self.random.number(below: 6) == 0 ? Term(told: self.number()) ?? Term(0) : Term(self.term)
        }

        mutating func time(_ now: Instant) -> Instant {
            self.random.number(below: 2) == 0 ? now : Instant(nanoseconds: self.pick(Self.times))
        }

        mutating func session() -> UInt64 {
            self.random.number(below: 2) == 0 ? UInt64(self.random.number(below: 9)) : self.number()
        }

        mutating func ids() -> [MemberID] { (0..<self.random.number(below: 5)).map { _ in MemberID(self.number()) } }

        mutating func layout() -> Layout {
            Layout(current: self.ids(), next: self.random.number(below: 2) == 0 ? nil : self.ids())
        }

        mutating func identity() -> MemberIdentity {
            MemberIdentity(
                id: MemberID(self.number()),
                name: "x",
                address: "127.0.0.1:1",
                hasBeenLed: self.random.number(below: 2) == 0
            )
        }

        mutating func message(_ now: Instant) -> LinkMessage {
            switch self.random.number(below: 8) {
            case 0...2:
                return .lead(
                    Lead(
                        term: self.nextTerm(),
                        sent: self.time(now),
                        echo: self.random.number(below: 3) == 0 ? nil : self.time(now),
                        session: self.random.number(below: 3) == 0 ? nil : self.session(),
                        layout: self.layout(),
                        members: (0..<self.random.number(below: 40)).map { _ in self.identity() }
                    )
                )
            case 3, 4:
                return .beat(
                    Beat(
                        term: self.nextTerm(),
                        sent: self.time(now),
                        echo: self.time(now),
                        session: self.session(),
                        layout: self.layout()
                    )
                )
            case 5:
                let places = (0..<self.random.number(below: 4)).map { Place(model: "\($0)", backend: "b") }
                return .register(
                    Registration(
                        term: self.nextTerm(),
                        session: self.session(),
                        held: Dictionary(places.map { ($0, 1 << 20) }) { $1 },
                        layout: self.layout()
                    )
                )
            case 6: return self.random.number(below: 2) == 0 ? .newer(self.nextTerm()) : .leave
            default: return .retired(self.nextTerm())
            }
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `Whatever is told a machine goes on, and knows no more members than a sign of life can name`(seed: UInt64) {
        var liar = Liar(random: SeededRandom(seed: seed))
        let me = MemberIdentity(id: MemberID(7), name: "me", address: "b:1", hasBeenLed: false)
        var now = Instant(nanoseconds: 1_000_000_000_000)
        let options = ClusterOptions()
        var machine = ClusterMachine(me, options, now: now)
        var question: StoreQuestion?
        for _ in 0..<400 {
            now = now + .milliseconds(liar.random.number(below: 300))
            let actions: [ClusterAction]
            switch liar.random.number(below: 6) {
            case 0: actions = machine.tick(now: now)
            case 1:
                guard let asked = question else { continue }
                question = nil
                var holder: (MemberIdentity, Term)?
                if case .take(let term) = asked.office { holder = (me, max(term, liar.nextTerm()).next ?? term) }
                let reading = StoreReading(
                    holder: holder,
                    members: (0..<liar.random.number(below: 60)).map { _ in liar.identity() }
                )
                actions = machine.storeAnswered(asked, reading, now: now)
            case 2 where liar.random.number(below: 8) == 0:
                actions = machine.linkClosed(MemberID(liar.number()), now: now)
            default:
                let message = liar.message(now)
                actions = machine.receive(message, from: liar.identity(), now: now)
            }
            for action in actions {
                if case .ask(let asked) = action { question = asked }
                if case .send(.lead(let lead), _) = action { #expect(lead.members.count <= MemberIdentity.mostMembers) }
            }
            #expect(machine.knownMembers.count < MemberIdentity.mostMembers)
            _ = machine.room(in: 4, at: Place(model: "0", backend: "b"), now: now) { _ in 1 }
            _ = machine.coordination?.roundTrips
            _ = machine.mayStart(session: liar.session(), now: now)
        }
    }

    @Test func `An answer to what has not been sent yet is no sign of life`() throws {
        let options = ClusterOptions()
        let other = MemberIdentity(id: MemberID(2), name: "b", address: "b:2", hasBeenLed: true)
        let began = Instant(nanoseconds: 0)
        var office = Coordination(
            term: Term(2),
            members: [other],
            layout: Layout(),
            until: began + .seconds(3_600),
            options: options,
            now: began
        )
        let registration = Registration(term: Term(2), session: 1, held: [:], layout: Layout())
        _ = office.register(other, registration, now: began)
        let beat = Beat(term: Term(2), sent: began, echo: began + .seconds(900), session: 1, layout: Layout())
        let (answer, later) = (office.hear(beat, from: other.id, now: began), office.advance(to: began + .seconds(60)))
        #expect(answer == nil && later == [.silent(other.id)])
    }

    @Test func `Terms end before numbers that no store can say`() throws {
        let last = try #require(Term(told: 1 << 53 - 1))
        #expect(last.next == nil)
        #expect(Term(told: 1 << 53) == nil && Term(told: .max) == nil)
        #expect(Term(1).next == Term(2))
    }
}
