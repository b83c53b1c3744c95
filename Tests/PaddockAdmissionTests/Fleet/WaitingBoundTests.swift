// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

/// One backend that holds one model, in front of which clients flood models while others ask for theirs.
struct BoundWorld {
    /// How long a load takes, and a request at most.
    static let load: Int64 = 5_000_000_000
    static let longest: Int64 = 2_000_000_000
    private static let tick = Nanoseconds.milliseconds(250)

    private let gate: Gate
    private var random: SeededRandom
    private let models: [ModelName]
    private let floods: [(client: String, model: Int, rate: Int)]
    private var next = 0
    private var clients: [Int: (client: String, model: ModelName)] = [:]
    /// When the first byte of an active request comes, and when it ends.
    private var ends: [Int: (firstByte: Instant, end: Instant)] = [:]
    private var isAnswered: Set<Int> = []
    /// Since when a waiter is the oldest of its client, which has had least.
    private var since: [Int: Instant] = [:]
    private(set) var longestWait: Int64 = 0
    private(set) var loads = 0
    private var loading: ModelName?
    private let slack = 1.0

    init(seed: UInt64, _ unit: ServiceUnit) {
        var random = SeededRandom(seed: seed)
        var policy = AdmissionPolicy()
        policy.fairnessBy = unit
        policy.fleet.slack = self.slack
        policy.fleet.learnsParallel = false
        self.gate = Gate(parallel: 2, queue: 200, policy: policy, maxLoaded: 1)
        self.models = (0..<Int.random(in: 2...4, using: &random)).compactMap { ModelName("m\($0)") }
        self.gate.install(self.models)
        self.gate.observe([])
        // One client per model at least, and each sends more than its model gets through alone, or little.
        var floods: [(client: String, model: Int, rate: Int)] = []
        for client in 0..<Int.random(in: self.models.count...6, using: &random) {
            floods.append(
                (
                    "client-\(client)", client % self.models.count,
                    [2, 40, 90].randomElement(using: &random) ?? 2
                )
            )
        }
        self.floods = floods
        self.random = random
    }

    /// What the contract promises, in nanoseconds.
    var bound: Int64 {
        let perClient = Int64(2 * self.slack * Double(Self.load)) + Self.longest
        let visit = max(3 * Self.load, Int64(self.floods.count) * perClient)
        return 2 * Int64(self.models.count - 1) * (Self.load + visit + Self.longest)
    }

    mutating func run(seconds: Int) throws {
        for _ in 0..<(4 * seconds) { try self.step() }
    }

    private mutating func step() throws {
        self.gate.wait(Self.tick)
        for (request, times) in self.ends.sorted(by: { $0.key < $1.key }) {
            if times.firstByte <= self.gate.now, self.isAnswered.insert(request).inserted {
                try self.gate.answered(request)
                self.loading = nil
            }
            if times.end <= self.gate.now {
                self.ends[request] = nil
                // About 40 a second.
                let answer = Int32(clamping: times.end.nanoseconds(since: times.firstByte) / 25_000_000)
                self.gate.tokens[request] = TokenCounts(prompt: 10, answer: answer)
                try self.gate.finish(request, firstByte: .milliseconds(1))
            }
        }
        for (client, model, rate) in self.floods
        where Int.random(in: 0..<100, using: &self.random) < rate {
            self.clients[self.next] = (client, self.models[model])
            self.gate.arrive(self.next, self.models[model], of: Client(name: client))
            self.next += 1
        }
        if let deadline = self.gate.nextDeadline, deadline <= self.gate.now {
            self.gate.deadlineReached()
        }
        for case .unload(let model, _) in self.gate.takeCommands() { self.gate.unloaded(model) }
        _ = self.gate.takeHeard()
        self.noteStarts()
        self.noteWaits()
    }

    private mutating func noteStarts() {
        for request in self.gate.slots.keys.sorted() where self.ends[request] == nil {
            guard let model = self.clients[request]?.model else { continue }
            var begin = self.gate.now
            let residents = self.gate.machine.fleet.backends[0].residents
            if let resident = residents.first(where: { $0.name == model }),
                case .loading(let since) = resident.phase
            {
                if self.loading == nil { self.loads += 1 }
                self.loading = model
                begin = since.later(by: Self.load)
            }
            let work = Int64.random(in: Self.longest / 4...Self.longest, using: &self.random)
            self.ends[request] = (begin, begin.later(by: work))
        }
    }

    private mutating func noteWaits() {
        let now = self.gate.now
        let requests = self.gate.machine.requests
        let accounts = self.gate.machine.fleet.ledger.accounts
        let residents = self.gate.machine.fleet.backends[0].residents
        // The oldest waiter of each client, and what those with requests have had.
        var heads: [AccountIndex: (sequence: UInt64, request: RequestIndex)] = [:]
        var least = Double.infinity
        for request in requests.live {
            let account = requests.entries[request].account
            least = min(least, accounts.service(of: account))
            let node = requests.nodes[request]
            guard node.links.isLinked, node.sequence < heads[account]?.sequence ?? .max else { continue }
            heads[account] = (node.sequence, request)
        }
        var still: [Int: Instant] = [:]
        for (account, head) in heads where accounts.service(of: account) <= least {
            guard let request = Int(requests.entries[head.request].id),
                let model = self.clients[request]?.model,
                !residents.contains(where: { $0.name == model })
            else {
                continue
            }
            still[request] = self.since[request] ?? now
            self.longestWait = max(self.longestWait, now.nanoseconds(since: still[request] ?? now))
        }
        self.since = still
    }
}

@Suite("The waiting bound")
struct WaitingBoundTests {
    @Test(
        "A request whose client has had least waits for its load no longer than promised",
        arguments: 1...20,
        ServiceUnit.allCases
    )
    func bound(seed: UInt64, unit: ServiceUnit) throws {
        var world = BoundWorld(seed: seed, unit)
        try world.run(seconds: 400)
        #expect(world.longestWait <= world.bound, "\(world.longestWait / 1_000_000) ms")
        #expect(world.longestWait > 0 && world.loads > 10, "nobody waited, or nothing was swapped")
    }
}
