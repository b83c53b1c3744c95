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

private final class TestWaiter: Waiter {
    private let state = Mutex<(answer: WaiterAnswer?, continuation: CheckedContinuation<WaiterAnswer, Never>?)>(
        (nil, nil)
    )

    func hear(_ answer: WaiterAnswer) {
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

@Suite(.timeLimit(.minutes(9))) struct ClusterAdmissionTests {
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
