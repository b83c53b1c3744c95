// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import PaddockAdmission
import PaddockBase
import PaddockCluster
import PaddockClusterAdmission
import PaddockClusterNode
import Synchronization
import Testing

/// What really runs at the only backend, whoever has started it.
private final class Backend: Sendable, BackendDirectory {
    private let running = Mutex((now: 0, most: 0))

    var most: Int { self.running.withLock { $0.most } }

    func begin() {
        self.running.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
    }

    func end() { self.running.withLock { $0.now -= 1 } }

    func url(of backend: BackendIndex) -> String { "http://b:1" }

    func backend(_ url: String) -> BackendIndex? { url == "http://b:1" ? BackendIndex(0) : nil }
}

private final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { self.count.withLock { $0 } }

    func add() { self.count.withLock { $0 += 1 } }
}

private func now() -> Instant { Instant(nanoseconds: Int64(DispatchTime.now().uptimeNanoseconds)) }

/// One member: its admission, its node, and requests that run for a moment.
private final class Member: Sendable {
    let admission: AdmissionController
    let cluster: ClusterAdmission
    let node: ClusterNode

    init(_ name: String, _ store: MemoryStore, _ backend: Backend, limit: Int) async throws {
        let timer: @Sendable (AdmissionController, Instant) -> Void = { controller, deadline in
            let time = DispatchTime(uptimeNanoseconds: UInt64(max(1, deadline.nanoseconds)))
            DispatchQueue.global().asyncAfter(deadline: time) { controller.deadlineReached(now: now()) }
        }
        var options = ClusterOptions()
        options.lease = .milliseconds(400)
        self.cluster = ClusterAdmission(backends: backend, lease: options.lease, makeTimer: { timer })
        let limits = Limits(parallel: limit, queue: 1_000)
        self.admission = AdmissionController(
            AdmissionOptions(limits: limits, backendCount: 1),
            now: now(),
            follower: self.cluster,
            onDeadline: timer
        )
        self.cluster.attach(self.admission, now: now())
        let identity = ClusterNode.Identity(
            name: name,
            listen: .init(name: "127.0.0.1", port: 0),
            advertised: nil,
            cluster: "t",
            secret: [1]
        )
        self.node = try await ClusterNode.start(identity, options, store: store, delegate: self.cluster) { _ in }
    }

    /// Sends a request and waits for its end.
    func run(_ id: String, at backend: Backend, client: String) async -> WaiterAnswer? {
        guard let model = ModelName("m") else { return .reject(.noBackend(retryAfter: 1)) }
        let waiter = TestWaiter()
        let request = ArrivingRequest(
            id: id,
            model: model,
            client: Client(name: client, weight: 1),
            deadline: now() + .seconds(600)
        )
        let answer: WaiterAnswer
        switch self.admission.arrive(request, waiter: waiter, now: now()) {
        case .start(let slot): answer = .start(slot)
        case .queued: answer = await waiter.answer()
        case .rejected(let rejection): answer = .reject(rejection)
        }
        guard case .start(let slot) = answer else { return answer }
        let lease = self.admission.lease(slot)
        backend.begin()
        await Task.yield()
        backend.end()
        lease.end(.completed, ReplyProgress(), now: now())
        return nil
    }
}

/// A slot that is held until it is given back.
private struct HeldLease {
    private let slot: Slot
    private let admission: AdmissionController

    init(_ slot: Slot, _ admission: AdmissionController) { (self.slot, self.admission) = (slot, admission) }

    func end() { self.admission.lease(self.slot).end(.completed, ReplyProgress(), now: now()) }
}

private struct MemberNumber: Hashable {
    let member: MemberID
    let number: UInt64

    init(_ member: MemberID, _ number: UInt64) { (self.member, self.number) = (member, number) }
}

private final class TestWaiter: Waiter {
    private let state = Mutex<(answer: WaiterAnswer?, continuation: CheckedContinuation<WaiterAnswer, Never>?)>(
        (nil, nil)
    )
    /// Where it was at its arrival, once it is told.
    let place = Mutex<QueuePlace?>(nil)

    func hear(_ answer: WaiterAnswer) {
        if case .placed(_, let place) = answer { return self.place.withLock { $0 = place } }
        let continuation = self.state.withLock { state in
            state.answer = answer
            return state.continuation.take()
        }
        continuation?.resume(returning: answer)
    }

    func answer() async -> WaiterAnswer {
        await withCheckedContinuation { continuation in
            let answer = self.state.withLock { state in
                if state.answer == nil { state.continuation = continuation }
                return state.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}

extension Member {
    /// Sends a request that has to wait, and returns when the coordinator has it.
    ///
    /// - Parameter patience: how long its client waits.
    func enqueue(_ id: String, of client: String = "c", patience: Nanoseconds = .seconds(600), at leader: Member) async
        -> (
            ticket: Ticket, waiter: TestWaiter
        )?
    {
        guard let model = ModelName("m") else { return nil }
        let waiter = TestWaiter()
        let request = ArrivingRequest(
            id: id,
            model: model,
            client: Client(name: client, weight: 1),
            deadline: now() + patience
        )
        let before = leader.waiting
        guard case .queued(let ticket, nil, nil) = self.admission.arrive(request, waiter: waiter, now: now()) else {
            return nil
        }
        while leader.waiting == before { await Task.yield() }
        return (ticket, waiter)
    }

    /// How many requests of all members wait, if this one coordinates.
    var waiting: Int { self.cluster.counts.values.reduce(0) { $0 + $1.waiting } }
}

@Suite(.timeLimit(.minutes(29))) struct ClusterAdmissionTests {
    /// Three members, the coordinator first, with a request that holds the only slot.
    private func start(_ backend: Backend) async throws -> (members: [Member], lease: HeldLease) {
        let store = MemoryStore()
        var members: [Member] = []
        for index in 0..<3 { members.append(try await Member("n\(index)", store, backend, limit: 1)) }
        for (index, member) in members.enumerated() {
            #expect(await member.run("first-\(index)", at: backend, client: "a") == nil)
        }
        let first = try #require(members.firstIndex { $0.cluster.queueForAll != nil })
        members.swapAt(0, first)
        // The coordinator hears of the end of a request a moment after it.
        while members[0].cluster.counts.values.contains(where: { $0.held > 0 }) { await Task.yield() }
        let holder = TestWaiter()
        let request = ArrivingRequest(
            id: "holder",
            model: try #require(ModelName("m")),
            client: Client(name: "h", weight: 1),
            deadline: .distantFuture
        )
        _ = members[1].admission.arrive(request, waiter: holder, now: now())
        guard case .start(let slot) = await holder.answer() else { throw NotStarted() }
        // A slot was free.
        #expect(holder.place.withLock { $0 } == .free)
        return (members, HeldLease(slot, members[1].admission))
    }

    private struct NotStarted: Error {}

    @Test func `A request hears where it was in the queue of all members`() async throws {
        let (members, lease) = try await self.start(Backend())
        var waiters: [TestWaiter] = []
        for index in 0..<6 {
            let member = members[(index + 1) % 3]
            waiters.append(try #require(await member.enqueue("r\(index)", at: members[0])).waiter)
        }
        lease.end()
        for (index, waiter) in waiters.enumerated() {
            guard case .start(let slot) = await waiter.answer() else { throw NotStarted() }
            let place = waiter.place.withLock { $0 }
            #expect(place?.position == index + 1)
            #expect(place?.reason == .slot)
            members[(index + 1) % 3].admission.lease(slot).end(.completed, ReplyProgress(), now: now())
        }
        for member in members { await member.node.leave() }
    }

    @Test func `The coordinator says where the requests of all members are`() async throws {
        let (members, lease) = try await self.start(Backend())
        var tickets: [(member: Member, ticket: Ticket)] = []
        for index in 0..<6 {
            let member = members[(index + 1) % 3]
            let request = try #require(await member.enqueue("r\(index)", of: "c\(index % 2)", at: members[0]))
            tickets.append((member, request.ticket))
        }
        let coordinator = members[0].cluster
        let all = try #require(coordinator.places(PlaceSearch(limit: 100), now: now()))
        #expect(all.map(\.waiting.position) == [1, 2, 3, 4, 5, 6])
        #expect(all.allSatisfy { !$0.waiting.isOwn })
        let expected = Set(tickets.map { MemberNumber($0.member.node.me.id, $0.ticket.number) })
        #expect(Set(all.map { MemberNumber($0.member, $0.number) }) == expected)
        var search = PlaceSearch(limit: 100)
        search.member = members[2].node.me.id
        let some = try #require(coordinator.places(search, now: now()))
        #expect(some == all.filter { $0.member == search.member } && some.count == 2)
        search = PlaceSearch(limit: 2)
        search.client = "c1"
        #expect(coordinator.places(search, now: now())?.count == 2)
        let last = try #require(tickets.last)
        let place = coordinator.place(of: last.ticket.number, last.member.node.me.id, now: now())
        #expect(place?.waiting.position == 6)
        // There is no such request, and another member does not know.
        #expect(coordinator.place(of: .max, last.member.node.me.id, now: now()) == nil)
        #expect(coordinator.place(of: last.ticket.number, MemberID(1), now: now()) == nil)
        #expect(members[1].cluster.places(PlaceSearch(limit: 1), now: now()) == nil)
        lease.end()
        for member in members { await member.node.leave() }
    }

    @Test func `A request whose time is up hears how many were before it in the queue of all`() async throws {
        let (members, lease) = try await self.start(Backend())
        for index in 0..<5 { _ = try #require(await members[index % 3].enqueue("r\(index)", at: members[0])) }
        let late = try #require(await members[2].enqueue("late", patience: .milliseconds(50), at: members[0])).waiter
        guard case .timeOut(_, let standing) = await late.answer() else { throw NotStarted() }
        #expect(standing == QueueStanding(inFront: 5, pace: standing.pace))
        #expect(late.place.withLock { $0 }?.position == 6)
        lease.end()
        for member in members { await member.node.leave() }
    }

    @Test func `A request that waits is told where it is when it asks`() async throws {
        let (members, lease) = try await self.start(Backend())
        for index in 0..<3 { _ = try #require(await members[index].enqueue("r\(index)", at: members[0])) }
        let request = try #require(await members[1].enqueue("asks", at: members[0]))
        #expect(members[1].admission.askPlace(of: request.ticket))
        guard case .waits(request.ticket, let waiting) = await request.waiter.answer() else { throw NotStarted() }
        #expect(waiting.position == 4 && !waiting.isOwn)
        #expect(request.waiter.place.withLock { $0 }?.position == 4)
        lease.end()
        for member in members { await member.node.leave() }
    }

    @Test func `Three members keep one limit, and every request ends`() async throws {
        let (store, backend) = (MemoryStore(), Backend())
        var members: [Member] = []
        for index in 0..<3 { members.append(try await Member("n\(index)", store, backend, limit: 2)) }
        let served = Counter()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<12 {
                let member = members[index % 3]
                group.addTask {
                    for turn in 0..<10
                    where await member.run("\(index)-\(turn)", at: backend, client: "c\(index % 4)") == nil {
                        served.add()
                    }
                }
            }
        }
        #expect(served.value == 120)
        #expect(backend.most == 2)
        for member in members { #expect(member.admission.activeCount == 0) }
        for member in members { await member.node.leave() }
    }

    @Test func `The queue of a coordinator that stops goes on at another member`() async throws {
        let (store, backend) = (MemoryStore(), Backend())
        var members: [Member] = []
        for index in 0..<3 { members.append(try await Member("n\(index)", store, backend, limit: 1)) }
        // One request each, so that there is a coordinator.
        for (index, member) in members.enumerated() {
            #expect(await member.run("first-\(index)", at: backend, client: "a") == nil)
        }
        let first = try #require(members.firstIndex { $0.cluster.queueForAll != nil })
        let served = Counter()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<9 {
                let member = members[index % 3]
                group.addTask {
                    for turn in 0..<6
                    where await member.run("\(index)-\(turn)", at: backend, client: "c\(index)") == nil {
                        served.add()
                    }
                }
            }
            let node = members[first].node
            group.addTask { node.stop() }
        }
        #expect(served.value == 54)
        #expect(backend.most == 1)
        #expect(members[first].cluster.queueForAll == nil)
        #expect(members.contains { $0.cluster.queueForAll != nil })
        for member in members { await member.node.leave() }
    }
}
