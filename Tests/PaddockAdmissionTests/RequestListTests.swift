// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Listing requests")
struct RequestListTests {
    @Test("A listing has the state of each request")
    func readings() throws {
        let gate = Gate(parallel: 1, queue: 10)
        for request in 0..<8 {
            gate.arrive(request)
            gate.wait(.seconds(2))
            try gate.finish(request)
        }
        gate.arrive(10, of: Client(name: "alice"))
        gate.wait(.seconds(1))
        gate.arrive(11, of: Client(name: "bob"), .batch)
        gate.wait(.milliseconds(500))
        let (active, waiting) = try (#require(gate.requests.first), #require(gate.requests.last))
        #expect(gate.requests.count == 2)
        #expect([active.id, active.client] == ["10", "alice"])
        #expect(active.requestClass == .interactive)
        #expect((active.position, active.waited, active.backend) == (0, .zero, 0))
        #expect(active.processing == .milliseconds(1_500))
        #expect(active.estimatedStart == nil)
        #expect([waiting.id, waiting.client] == ["11", "bob"])
        #expect(waiting.requestClass == .batch)
        #expect((waiting.position, waiting.waited, waiting.backend) == (1, .milliseconds(500), nil))
        #expect(waiting.processing == nil)
        #expect(waiting.estimatedStart == .milliseconds(500))
    }

    @Test("The active ones come first, in order of their start; then those that wait, model by model")
    func order() throws {
        let gate = Gate(parallel: 2, queue: 10)
        for (request, model) in (["b", "a", "b", "b", "a", "a", "b"] as [ModelName]).enumerated() {
            gate.arrive(request, model)
            gate.wait(.seconds(1))
        }
        #expect(gate.requests.map(\.id) == ["0", "1", "2", "4", "5", "3", "6"])
        #expect(gate.requests.map(\.position) == [0, 0, 0, 0, 1, 1, 2])
    }

    @Test("They start in the order of the listing if no other request arrives", arguments: 1...20)
    func startsAsListed(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var policy = AdmissionPolicy()
        policy.batchShare = 0.25
        let slots = Int.random(in: 1...3, using: &random)
        let gate = Gate(parallel: slots, queue: 100, policy: policy)
        // Powers of two, so that no sum is rounded.
        let clients = (0..<4).map { Client(name: "client-\($0)", weight: [1, 2, 0.5, 4][$0]) }
        for request in 0..<40 {
            let client = clients.randomElement(using: &random) ?? clients[0]
            gate.arrive(request, of: client, Bool.random(using: &random) ? .batch : .interactive)
        }
        let expected = gate.order()
        var started: [Int] = []
        while !gate.slots.isEmpty {
            // All end when they have used up what they were charged.
            gate.wait(.seconds(1))
            for request in gate.slots.keys.sorted() where gate.slots[request]?.started != gate.now {
                try gate.finish(request, .cancelled)
            }
            started += gate.takeHeard().compactMap { if case .start(let request, _) = $0 { request } else { nil } }
        }
        #expect(started == expected)
    }

    @Test("A request is found by its id among many, the latest of several, as in the listing")
    func foundByID() throws {
        let gate = Gate(parallel: 2, queue: 5_000)
        for request in 0..<3_000 { gate.arrive(request, of: Client(name: "client-\(request % 7)")) }
        for request in stride(from: 0, to: 3_000, by: 3) where gate.tickets[request] != nil {
            _ = try gate.cancel(request)
        }
        gate.arrive(77)
        let listed = Dictionary(gate.requests.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        for id in ["1", "76", "2999", "1600"] {
            let ticket = try #require(gate.find([id])[id])
            let reading = try #require(gate.machine.requestSnapshot(of: ticket, now: gate.now))
            let other = try #require(listed[id])
            #expect([reading.id, reading.client] == [other.id, other.client])
            #expect(reading.waited == other.waited)
            #expect((reading.position == 0) == (other.position == 0))
        }
        #expect(try #require(gate.find(["77"])["77"]).sequence == 3_001)
        #expect(gate.find(["3", "4", "5", "none"]).keys.sorted() == ["4", "5"])
        let gone = try #require(gate.find(["4"])["4"])
        _ = try gate.cancel(4)
        #expect(gate.machine.requestSnapshot(of: gone, now: gate.now) == nil)
    }

    @Test("A listing can be of one model alone")
    func oneModel() {
        let gate = Gate(parallel: 1, queue: 10)
        for (request, model) in (["b", "a", "b", "a", "b"] as [ModelName]).enumerated() { gate.arrive(request, model) }
        let requests = gate.machine.requestSnapshots(of: "b", now: gate.now)
        #expect(requests.map(\.id) == ["0", "2", "4"])
        #expect(requests.map(\.position) == [0, 1, 2])
        #expect(gate.machine.requestSnapshots(of: "c", now: gate.now).isEmpty)
    }

    @Test("An operator cancels by id, the latest of several, queued or active")
    func cancelsById() throws {
        let gate = Gate(parallel: 1, queue: 10)
        for request in 1...3 { gate.arrive(request) }
        #expect(gate.cancel(id: 2))
        #expect(gate.takeHeard() == [.reject(2, .cancelledByAdmin)])
        #expect(gate.cancel(id: 1))
        #expect(gate.takeHeard() == [.cancel(1)])
        #expect(try gate.reading().active == 1, "its slot is held until its lease ends")
        try gate.finish(1, .cancelled)
        #expect(!gate.cancel(id: 1))
        #expect(try gate.reading().totals.cancelled == 2)
    }
}
