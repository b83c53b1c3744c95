// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockBase
import PaddockClusterLink
import PaddockClusterNode
import Testing

@testable import PaddockCluster
@testable import PaddockClusterAdmission

private struct TwoBackends: BackendDirectory {
    func url(of backend: BackendIndex) -> String { backend == BackendIndex(0) ? "http://a:1" : "http://b:1" }

    func backend(_ url: String) -> BackendIndex? {
        switch url {
        case "http://a:1": BackendIndex(0)
        case "http://b:1": BackendIndex(1)
        default: nil
        }
    }
}

/// The bytes of a member that knows the secret.
private struct Liar {
    static let numbers: [UInt64] = [0, 1, 2, 255, 1 << 20, .init(Int32.max), 1 << 53, .max >> 1, 1 << 63, .max]
    static let signed: [Int64] = [.min, -1_000_000_000, -1, 0, 1, .init(Int32.max), .init(Int32.min), 1 << 53, .max]
    static let weights: [Double] = [
        .leastNonzeroMagnitude, 1e-300, 0.5, 1e300, .greatestFiniteMagnitude, .infinity, 0, -1,
    ]

    var random: SeededRandom

    mutating func pick<Value>(_ from: [Value]) -> Value { from[self.random.number(below: from.count)] }

    mutating func optional(_ link: inout LinkWriter, _ write: (inout Self, inout LinkWriter) -> Void) {
        let isThere = self.random.number(below: 2) == 0
        link.bool(isThere)
        if isThere { write(&self, &link) }
    }

    /// One request, with numbers that are allowed in their place and mean nothing.
    mutating func request(to link: inout LinkWriter) {
        link.text("r")
        link.text(self.pick(["m", "n", "m:latest", "o"]))
        link.text(self.pick(["c", "d", "e"]))
        link.fixed(self.pick(Self.weights).bitPattern)
        link.list(([0, 1] as [UInt64]).prefix(self.random.number(below: 3))) {
            $0.number($1)
            $0.signed(.init(Int32.max))
        }
        for _ in 0..<3 { link.bool(self.random.number(below: 2) == 0) }
        link.number(self.pick([0, 1, 7, .init(Int32.max)]))
        link.signed(self.pick([.init(Int32.min), -1, 0, .init(Int32.max)]))
        self.optional(&link) { $1.signed($0.pick(Self.signed)) }
        for _ in 0..<2 { link.bool(self.random.number(below: 8) == 0) }
        self.optional(&link) { $1.signed($0.pick(Self.signed)) }
        link.signed(self.pick(Self.signed))
    }

    mutating func news(to link: inout LinkWriter) {
        self.optional(&link) { $1.signed($0.pick(Self.signed)) }
        link.number(self.pick([0, 1, 99, 200, 404, 503, 999]))
        link.bool(self.random.number(below: 2) == 0)
        self.optional(&link) { liar, link in
            for _ in 0..<4 { link.signed(liar.pick(Self.signed)) }
            for _ in 0..<2 { link.signed(liar.pick([.init(Int32.min), -1, 0, 5, .init(Int32.max)])) }
        }
        self.optional(&link) { liar, link in
            for _ in 0..<2 { link.signed(liar.pick([.init(Int32.min), -1, 0, 5, .init(Int32.max)])) }
            link.bool(true)
        }
    }

    /// A message about one of a few requests, whether it fits to what was told of it or not.
    mutating func message(session: UInt64) -> ByteBuffer {
        var link = LinkWriter()
        link.number(session)
        link.number(UInt64(self.random.number(below: 12)))
        switch self.random.number(below: 12) {
        case 0...3:
            link.number(1)
            self.request(to: &link)
        case 4: link.number(2)
        case 5:
            link.number(3)
            link.bool(self.random.number(below: 2) == 0)
        case 6:
            link.number(4)
            self.optional(&link) { liar, link in liar.optional(&link) { $1.signed($0.pick(Self.signed)) } }
        case 7...9:
            link.number(5)
            link.number(UInt64(self.random.number(below: Ending.allCases.count)))
            self.news(to: &link)
        case 10: link.number(8)
        default: link.number(11)
        }
        return link.buffer
    }

    /// What it holds, some of it twice.
    mutating func held() -> ByteBuffer {
        var link = LinkWriter()
        for _ in 0..<self.random.number(below: 9) {
            link.number(UInt64(self.random.number(below: 12)))
            link.text(self.pick(["http://a:1", "http://b:1", "http://c:1", ""]))
            self.request(to: &link)
        }
        return link.buffer
    }

    /// What a coordinator says about a request.
    mutating func word(session: UInt64, _ number: UInt64) -> ByteBuffer {
        var link = LinkWriter()
        link.number(session)
        link.number(number)
        func place(_ liar: inout Self, _ link: inout LinkWriter) {
            liar.optional(&link) { liar, link in
                let position = liar.pick(Self.numbers)
                link.number(position)
                guard position > 0 else { return }
                liar.optional(&link) { $1.signed($0.pick(Self.signed)) }
                liar.optional(&link) { $1.number(UInt64($0.random.number(below: 7))) }
            }
        }
        switch self.random.number(below: 3) {
        case 0:
            link.number(7)
            let kind = UInt64(self.random.number(below: 10) + 1)
            link.number(kind)
            let count = [0, 2, 1, 3, 1, 0, 2, 4, 4, 2, 0][Int(kind)]
            for _ in 0..<count { link.number(self.pick(Self.numbers)) }
        case 1:
            link.number(9)
            link.number(self.pick(Self.numbers))
            self.optional(&link) { $1.signed($0.pick(Self.signed)) }
        default:
            link.number(10)
            link.number(self.pick(Self.numbers))
            link.number(UInt64(self.random.number(below: 7)))
            self.optional(&link) { liar, link in
                link.text("m")
                link.number(liar.pick(Self.numbers))
                link.signed(liar.pick(Self.signed))
            }
            for _ in 0..<2 { self.optional(&link) { $1.signed($0.pick(Self.signed)) } }
        }
        place(&self, &link)
        return link.buffer
    }
}

/// A member that knows the secret may say anything about its requests: nothing ends, and what it held is free once it is gone.
@Suite struct LyingMemberTests {
    private static func office(_ members: [MemberIdentity]) -> Coordination {
        var options = ClusterOptions()
        options.lease = .seconds(3_600)
        let time = ClusterClock.now
        var office = Coordination(
            term: Term(2),
            members: members,
            layout: Layout(current: members.map(\.id)),
            until: time + options.lease,
            options: options,
            now: time
        )
        for member in members {
            let registration = Registration(term: Term(2), session: 1, held: [:], layout: office.layout)
            _ = office.register(member, registration, now: time)
        }
        return office
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `Whatever a member says the queue goes on, and nothing is held by one that has gone`(seed: UInt64) throws {
        var liar = Liar(random: SeededRandom(seed: seed))
        let members = [1, 2].map {
            MemberIdentity(id: MemberID($0), name: "\($0)", address: "b:\($0)", hasBeenLed: true)
        }
        let (bad, good) = (members[0].id, members[1].id)
        var now = Instant.now()
        var options = AdmissionOptions(limits: Limits(parallel: 2, queue: 20), backendCount: 2)
        options.policy.fairnessBy = seed % 2 == 0 ? .tokens : .time
        let admission = AdmissionController(options, now: now) { _, _ in }
        let queue = ClusterQueue(admission, TwoBackends(), ordersUntil: now) { _, _ in }
        for member in members { queue.register(member.id, session: 1, ByteBuffer(), now: now) }
        queue.apply(Self.office(members), now: now)
        for step in 0..<2_000 {
            now = now + .milliseconds(liar.random.number(below: 2_000))
            if step % 100 == 0 {
                queue.register(bad, session: 1, liar.held(), now: now)
                queue.apply(Self.office(members), now: now)
            }
            var link = LinkReader(liar.message(session: 1))
            if let (message, number, _) = try? RequestMessage.read(from: &link) {
                queue.receive(message, number, of: bad, now: now)
            }
            if step % 20 == 0 {
                admission.deadlineReached(now: now)
                _ = queue.places(PlaceSearch(limit: 100), now: now)
                _ = (admission.snapshot(now: now), admission.summary(now: now), admission.requests(now: now))
                _ = admission.waits(atMost: 10)
            }
        }
        queue.remove(bad, now: now)
        #expect(queue.counts.isEmpty)
        #expect(admission.requests(now: now).isEmpty)
        let request = ArrivingRequest(
            id: "good",
            model: try #require(ModelName("m")),
            client: Client(name: "f", weight: 1),
            deadline: .distantFuture
        )
        // Breakers of backends that it says are bad close by themselves.
        now = now + .seconds(3_600)
        admission.deadlineReached(now: now)
        queue.receive(.arrived(RemoteRequest(request, arrived: now, now: now)), 1, of: good, now: now)
        #expect(queue.counts[good]?.held == 1)
    }

    @Test func `A request that a member says it holds twice has one slot`() throws {
        let member = MemberIdentity(id: MemberID(1), name: "a", address: "a:1", hasBeenLed: true)
        let now = Instant.now()
        let limits = Limits(parallel: 2, queue: 20)
        let admission = AdmissionController(AdmissionOptions(limits: limits, backendCount: 2), now: now) { _, _ in }
        let queue = ClusterQueue(admission, TwoBackends(), ordersUntil: now) { _, _ in }
        let request = ArrivingRequest(
            id: "r",
            model: try #require(ModelName("m")),
            client: Client(name: "c", weight: 1),
            deadline: .distantFuture
        )
        var link = LinkWriter()
        for _ in 0..<2 {
            let remote = RemoteRequest(request, arrived: now, now: now)
            HeldRequest(number: 5, backend: "http://a:1", request: remote).write(to: &link)
        }
        queue.register(member.id, session: 1, link.buffer, now: now)
        #expect(queue.counts[member.id]?.held == 1)
        #expect(admission.requests(now: now).count == 1)
    }

    @Test func `What a coordinator says can be shown, whatever it is`() throws {
        var liar = Liar(random: SeededRandom(seed: 1))
        for _ in 0..<5_000 {
            var link = LinkReader(liar.word(session: 1, 2))
            switch try RequestMessage.read(from: &link).message {
            case .waits(let waiting, let place):
                #expect((0...1 << 53).contains(waiting.position))
                #expect(place.map { (0...1 << 53).contains($0.position) } ?? true)
            case .timedOut(let standing, _): #expect((0...1 << 53).contains(standing.inFront))
            case .turnedAway(let rejection, _): #expect((0...1 << 53).contains(rejection.retryAfter ?? 0))
            default: Issue.record("another message")
            }
        }
    }
}
