// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("Fairness by tokens")
struct TokenFairnessTests {
    /// Two clients that always have requests waiting. Each request takes two seconds, and those of one client use ten times the tokens.
    private struct Rivals {
        let gate: Gate
        /// The model that each of them uses.
        let models: [ModelName]
        private(set) var used = [0, 0]
        private var next = 0
        private var owners: [Int: Int] = [:]
        private var answered: Set<Int> = []

        init(_ unit: ServiceUnit, _ models: [ModelName]) {
            var policy = AdmissionPolicy()
            policy.fairnessBy = unit
            policy.fleet.learnsParallel = false
            policy.fleet.slack = 1
            self.gate = Gate(parallel: 1, queue: 100, policy: policy, maxLoaded: 1)
            self.models = models
            self.gate.install(Array(Set(models)))
            self.gate.observe([])
        }

        mutating func run(seconds: Int) throws {
            for owner in [0, 1] { for _ in 0..<5 { self.arrive(owner) } }
            for _ in 0..<seconds {
                self.gate.wait(.seconds(1))
                for (request, slot) in self.gate.slots.sorted(by: { $0.key < $1.key }) {
                    if self.answered.insert(request).inserted { try self.gate.answered(request) }
                    guard self.gate.now - slot.started >= .seconds(2), let owner = self.owners[request] else {
                        continue
                    }
                    let count: Int32 = owner == 0 ? 1_000 : 100
                    self.gate.tokens[request] = TokenCounts(prompt: count / 2, answer: count / 2)
                    self.used[owner] += Int(count)
                    try self.gate.finish(request, firstByte: .seconds(1))
                    self.arrive(owner)
                }
                if let deadline = self.gate.nextDeadline, deadline <= self.gate.now { self.gate.deadlineReached() }
                for case .unload(let model, _) in self.gate.takeCommands() { self.gate.unloaded(model) }
            }
        }

        private mutating func arrive(_ owner: Int) {
            self.owners[self.next] = owner
            self.gate.arrive(self.next, self.models[owner], of: Client(name: "client-\(owner)"))
            self.next += 1
        }
    }

    @Test("Two clients of a model end up with equal tokens, though one needs ten times the slot time for them")
    func oneModel() throws {
        var rivals = Rivals(.tokens, ["llama2", "llama2"])
        try rivals.run(seconds: 4_000)
        let ratio = Double(rivals.used[0]) / Double(rivals.used[1])
        #expect(abs(ratio - 1) < 0.05, "\(rivals.used)")
        var byTime = Rivals(.time, ["llama2", "llama2"])
        try byTime.run(seconds: 400)
        #expect(abs(Double(byTime.used[0]) / Double(byTime.used[1]) - 10) < 0.5, "\(byTime.used)")
    }

    @Test("So do two clients of models that take turns")
    func twoModels() throws {
        var rivals = Rivals(.tokens, ["llama2", "mistral"])
        try rivals.run(seconds: 20_000)
        let ratio = Double(rivals.used[0]) / Double(rivals.used[1])
        #expect(abs(ratio - 1) < 0.25, "\(rivals.used)")
    }

    @Test("A request whose tokens are not known costs its time")
    func unknownTokens() throws {
        var policy = AdmissionPolicy()
        policy.fairnessBy = .tokens
        let gate = Gate(parallel: 1, queue: 100, policy: policy)
        let (slow, quick) = (Client(name: "slow"), Client(name: "quick"))
        for number in 0..<6 { gate.arrive(number, of: number % 2 == 0 ? slow : quick) }
        var order: [Int] = []
        while let request = gate.slots.keys.first {
            order.append(request)
            gate.wait(.seconds(request % 2 == 0 ? 10 : 1))
            try gate.finish(request)
        }
        #expect(order == [0, 1, 3, 5, 2, 4])
    }

    @Test("A reload changes what counts from the next end on")
    func reload() throws {
        let gate = Gate(parallel: 1, queue: 100)
        let (long, short) = (Client(name: "long"), Client(name: "short"))
        for number in 0..<6 { gate.arrive(number, of: number % 2 == 0 ? long : short) }
        var policy = AdmissionPolicy()
        policy.fairnessBy = .tokens
        gate.reconfigure(parallel: 1, queue: 100, policy: policy, named: [:])
        #expect(gate.snapshot.summary.fairnessBy == .tokens)
        var order: [Int] = []
        while let request = gate.slots.keys.first {
            order.append(request)
            gate.wait(.seconds(1))
            gate.tokens[request] = TokenCounts(prompt: 0, answer: request % 2 == 0 ? 1_000 : 100)
            try gate.finish(request)
        }
        #expect(order == [0, 1, 3, 5, 2, 4])
    }
}
