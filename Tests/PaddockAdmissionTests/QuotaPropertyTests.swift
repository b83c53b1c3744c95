// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

/// Random events against the rules of quotas and of what operators order of clients, which are checked after each one.
@Suite("Quotas and orders under random events")
struct QuotaPropertyTests {
    /// Clients with all kinds of quotas and with none, on a gateway that loads everything or takes turns.
    private struct World {
        static let clients = (0..<5).map { Client(name: "client-\($0)") }
        static let models: [ModelName] = ["a", "b", "c"]

        var random: SeededRandom
        let gate: Gate
        let parallel: Int
        let takesTurns: Bool
        var quotas: [String: Quota] = [:]
        var orders: [String: ClientOrder] = [:]
        var live: [Int: (client: String, model: ModelName)] = [:]
        var accepted: [String: [Instant]] = [:]
        var next = 0

        init(seed: UInt64) {
            var random = SeededRandom(seed: seed)
            self.takesTurns = seed % 2 == 0
            self.parallel = Int.random(in: 1...4, using: &random)
            self.quotas = Self.quotas(&random)
            self.gate = Gate(
                parallel: self.parallel,
                queue: 20,
                maxLoaded: self.takesTurns ? 1 : nil,
                quotas: self.quotas
            )
            self.random = random
            if self.takesTurns {
                self.gate.install(Self.models)
                self.gate.observe([])
            }
        }

        static func quotas(_ random: inout SeededRandom) -> [String: Quota] {
            var quotas: [String: Quota] = [:]
            for client in self.clients.dropFirst() {
                var quota = Quota()
                if Bool.random(using: &random) { quota.parallel = Int.random(in: 1...3, using: &random) }
                if Bool.random(using: &random) { quota.queue = Int.random(in: 0...6, using: &random) }
                if Bool.random(using: &random) { quota.requestsPerMinute = Int.random(in: 1...30, using: &random) }
                if Bool.random(using: &random) { quota.tokensPerMinute = Int.random(in: 1...20_000, using: &random) }
                quotas[client.name] = quota
            }
            return quotas
        }

        mutating func step() throws {
            self.gate.wait(.milliseconds(Int.random(in: 0...2_000, using: &self.random)))
            if let deadline = self.gate.nextDeadline, deadline <= self.gate.now { self.gate.deadlineReached() }
            self.carryOut()
            switch Int.random(in: 0..<100, using: &self.random) {
            case 0..<55: self.arrive()
            case 55..<85: try self.finish()
            case 85..<92: try self.cancel()
            case 92..<94: self.order()
            case 94..<96: _ = self.gate.update(self.model, parallel: Int.random(in: 1...4, using: &self.random))
            default:
                self.quotas = Self.quotas(&self.random)
                let known = Set(Self.clients.map(\.name).filter { self.gate.standing(of: $0) != nil })
                self.gate.setQuotas(self.quotas)
                // Of a client without a quota nothing is counted.
                for client in Self.clients where !known.contains(client.name) { self.accepted[client.name] = [] }
            }
            self.carryOut()
            self.forget()
        }

        private var model: ModelName {
            mutating get { Self.models.randomElement(using: &self.random) ?? "a" }
        }

        private mutating func arrive() {
            let (request, model) = (self.next, self.model)
            let client = Self.clients.randomElement(using: &self.random) ?? Client(name: "nobody")
            self.next += 1
            let requestClass: RequestClass = Int.random(in: 0..<4, using: &self.random) == 0 ? .batch : .interactive
            let timeout: Nanoseconds = .milliseconds(Int.random(in: 1...90_000, using: &self.random))
            let arrival = self.gate.arrive(request, model, of: client, requestClass, within: timeout)
            if case .rejected = arrival { return }
            self.live[request] = (client.name, model)
            self.accepted[client.name, default: []].append(self.gate.now)
        }

        /// Also of the client that has no quota.
        private mutating func order() {
            guard let client = Self.clients.randomElement(using: &self.random) else { return }
            var order = ClientOrder()
            order.isPaused = Int.random(in: 0..<3, using: &self.random) == 0
            if Bool.random(using: &self.random) { order.parallel = Int.random(in: 1...3, using: &self.random) }
            self.orders[client.name] = order
            self.gate.obey(self.orders)
        }

        /// How many requests of a client may run at once.
        func limit(of client: String) -> Int {
            let order = self.orders[client]
            guard order?.isPaused != true else { return 0 }
            return min(self.quotas[client]?.parallel ?? .max, order?.parallel ?? .max)
        }

        private mutating func finish() throws {
            guard let request = self.gate.slots.keys.sorted().randomElement(using: &self.random) else { return }
            let tokens = Int32.random(in: 0...900, using: &self.random)
            try self.gate.finish(request, tokens: TokenCounts(prompt: tokens, answer: 10))
            self.live[request] = nil
        }

        private mutating func cancel() throws {
            let waiting = self.live.keys.filter { self.gate.slots[$0] == nil }.sorted()
            guard let request = waiting.randomElement(using: &self.random) else { return }
            try self.gate.cancel(request)
            self.live[request] = nil
        }

        /// Unloads at once what is to be unloaded, and answers loads.
        private mutating func carryOut() {
            for command in self.gate.takeCommands() {
                if case .unload(let model, let backend) = command { self.gate.unloaded(model, on: backend) }
            }
            for request in self.gate.slots.keys where Bool.random(using: &self.random) {
                try? self.gate.answered(request)
            }
        }

        private mutating func forget() {
            for heard in self.gate.takeHeard() {
                switch heard {
                case .reject(let request, _), .timeOut(let request, _): self.live[request] = nil
                case .start, .cancel: break
                }
            }
        }

        func active(of client: String) -> Int {
            self.live.count { $0.value.client == client && self.gate.slots[$0.key] != nil }
        }

        var complaints: [String] {
            var complaints: [String] = []
            let waiting = self.live.filter { self.gate.slots[$0.key] == nil }
            for (name, quota) in self.quotas {
                let running = self.active(of: name)
                let standing = self.gate.standing(of: name)
                if let standing,
                    standing.active != running || standing.queued != waiting.count(where: { $0.value.client == name })
                {
                    complaints.append("\(name): \(standing) for \(running) running")
                }
                let accepted = self.accepted[name, default: []].filter { self.gate.now - $0 < .seconds(60) }
                if let limit = quota.requestsPerMinute, let standing, standing.requestsOfMinute < accepted.count {
                    complaints.append("\(name): \(accepted.count) accepted of \(limit)")
                }
            }
            // Whoever is not at the limit of its client uses any free slot, if nothing takes turns.
            if !self.takesTurns {
                for (request, (client, model)) in waiting {
                    guard self.active(of: client) < self.limit(of: client) else { continue }
                    let reading = self.gate.snapshot.model(model)
                    if let reading, reading.availableSlots > 0 { complaints.append("\(request) could use a free slot") }
                }
            }
            let listed = self.gate.requests.count
            if listed != self.live.count { complaints.append("\(listed) listed, \(self.live.count) live") }
            return complaints
        }
    }

    @Test("No limit is exceeded, no slot is kept free, nobody is lost", arguments: 1...24)
    func random(seed: UInt64) throws {
        var world = World(seed: seed)
        var most: [String: Int] = [:]
        for step in 0..<600 {
            try world.step()
            try #require(world.complaints.isEmpty, "seed \(seed), step \(step): \(world.complaints)")
            for name in World.clients.map(\.name) {
                let running = world.active(of: name)
                // A lower limit ends nothing.
                if running > world.limit(of: name) {
                    #expect(running <= most[name] ?? 0, "seed \(seed), step \(step)")
                }
                most[name] = running
            }
        }
        // Everything ends, of clients that are paused, too.
        for _ in 0..<2_000 where !world.live.isEmpty {
            world.gate.wait(.seconds(100))
            world.gate.deadlineReached()
            for request in world.gate.slots.keys {
                try world.gate.finish(request, tokens: nil)
                world.live[request] = nil
            }
            for heard in world.gate.takeHeard() {
                if case .timeOut(let request, _) = heard { world.live[request] = nil }
            }
        }
        #expect(world.live.isEmpty && world.gate.requests.isEmpty, "seed \(seed)")
        for client in World.clients {
            let standing = world.gate.standing(of: client.name)
            #expect(standing?.reserved ?? 0 == 0 && standing?.active ?? 0 == 0 && standing?.queued ?? 0 == 0)
        }
    }
}
