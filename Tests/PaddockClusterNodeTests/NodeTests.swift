// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockCluster
import PaddockClusterNode
import PaddockClusterStore
import Synchronization
import Testing

private final class Recorder: ClusterDelegate {
    let actions = Mutex<[ClusterAction]>([])
    let waiters = Mutex<[(@Sendable () -> Bool, CheckedContinuation<Void, Never>)]>([])

    func attach(_ node: ClusterNode) {}

    func register(session: UInt64, with coordinator: MemberID) -> (held: [Place: Int], requests: ByteBuffer) {
        ([Place(model: "m", backend: "b"): 2], ByteBuffer(bytes: [1, 2, 3]))
    }

    func perform(_ action: ClusterAction, requests: ByteBuffer, _ machine: borrowing ClusterMachine) {
        self.actions.withLock { $0.append(action) }
        self.wake()
    }

    func receive(_ words: ByteBuffer, from member: MemberID, _ machine: borrowing ClusterMachine) -> UInt64? { nil }

    func answer(_ question: [UInt8], from member: MemberIdentity) async -> [UInt8]? { question.reversed() }

    private func wake() {
        let ready = self.waiters.withLock { waiters in
            let split = waiters.firstIndex { !$0.0() } == nil ? waiters : waiters.filter { $0.0() }
            waiters.removeAll { $0.0() }
            return split
        }
        for (_, waiter) in ready { waiter.resume() }
    }

    func wait(until isSo: @escaping @Sendable ([ClusterAction]) -> Bool) async {
        await withCheckedContinuation { waiter in
            let check: @Sendable () -> Bool = { [self] in self.actions.withLock { isSo($0) } }
            self.waiters.withLock { $0.append((check, waiter)) }
            self.wake()
        }
    }
}

/// A store that cannot be reached, and is not tried again soon.
private actor AbsentStore: ClusterStore {
    private var questions = 0
    private var waiter: CheckedContinuation<Void, Never>?

    func ask(_ question: StoreQuestion) async throws(StoreFailure) -> StoreReading {
        self.questions += 1
        if self.questions > 2 { self.waiter.take()?.resume() }
        throw self.questions == 1 ? .unreachable("no route") : .pausing
    }

    func close() {}

    /// Until it has failed twice.
    func failures() async {
        if self.questions <= 2 { await withCheckedContinuation { self.waiter = $0 } }
    }
}

@Suite(.timeLimit(.minutes(29))) struct NodeTests {
    @Test func `Why a store fails is known while it is not tried again`() async throws {
        let store = AbsentStore()
        var options = ClusterOptions()
        options.lease = .milliseconds(400)
        let identity = ClusterNode.Identity(
            name: "n",
            listen: StoreAddress.Host(name: "127.0.0.1", port: 0),
            advertised: nil,
            cluster: "c",
            secret: []
        )
        let node = try await ClusterNode.start(identity, options, store: store, delegate: Recorder()) { _ in }
        await store.failures()
        #expect(try await node.reading().storeFailure == .unreachable("no route"))
        await node.leave()
    }

    @Test func `Members find each other, have one coordinator, and another one when it leaves`() async throws {
        let store = MemoryStore()
        var options = ClusterOptions()
        options.lease = .milliseconds(400)
        let recorders = (0..<3).map { _ in Recorder() }
        var nodes: [ClusterNode] = []
        for (index, recorder) in recorders.enumerated() {
            let identity = ClusterNode.Identity(
                name: "n\(index)",
                listen: .init(name: "127.0.0.1", port: 0),
                advertised: nil,
                cluster: "t",
                secret: [1]
            )
            nodes.append(try await ClusterNode.start(identity, options, store: store, delegate: recorder) { _ in })
        }
        for recorder in recorders { await recorder.wait { $0.contains(.allow(.granted)) } }
        let readings = try await nodes.asyncMap { try await $0.reading() }
        #expect(Set(readings.map(\.leader)).count == 1)
        let first = try #require(readings.firstIndex { $0.isCoordinator })
        let registered = recorders[first].actions.withLock {
            $0.filter { if case .registered = $0 { true } else { false } }.count
        }
        #expect(registered >= 3)
        let other = (first + 1) % 3
        #expect(await nodes[first].ask([1, 2, 3], of: nodes[other].me.id, within: .seconds(20)) == [3, 2, 1])
        #expect(await nodes[first].ask([1], of: MemberID(1), within: .seconds(20)) == nil)
        nodes[first].stop()
        await nodes[first].leave()
        for index in 0..<3 where index != first {
            await recorders[index].wait { actions in
                actions.count { if case .sendWaiting = $0 { true } else { false } } >= 2
            }
        }
        for index in 0..<3 where index != first {
            let reading = try await nodes[index].reading()
            #expect(reading.leader != nodes[first].me.id)
        }
        for index in 0..<3 where index != first { await nodes[index].leave() }
    }

    @Test(arguments: [MemberID(1), MemberID(.max)])
    func `Whoever listens where a member did proves that it has ended`(_ ghost: MemberID) async throws {
        var options = ClusterOptions()
        options.lease = .milliseconds(400)
        let recorder = Recorder()
        let identity = ClusterNode.Identity(
            name: "n",
            listen: .init(name: "127.0.0.1", port: 0),
            advertised: nil,
            cluster: "t",
            secret: [1]
        )
        let node = try await ClusterNode.start(identity, options, store: MemoryStore(ghost: ghost), delegate: recorder)
        { _ in }
        await recorder.wait { $0.contains(.free(ghost)) }
        await node.leave()
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
