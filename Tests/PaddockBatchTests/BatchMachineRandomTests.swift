// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockBatch
import Testing

/// Runs a machine on random events, as the runner would, and keeps its own books.
private struct World {
    var machine: BatchMachine
    var random: SeededRandom
    var now = Instant.zero
    var slots: Int
    /// Active requests at the gateway, and those whose lines are being written.
    var atGateway: [BatchRequestID] = []
    var writing: [(id: BatchRequestID, isError: Bool)] = []
    var reading: String?
    var expiring: [String] = []
    var completing: [String] = []
    var statuses: [String: BatchStatus] = [:]
    var sizes: [String: Int] = [:]
    /// How often each request's line was written.
    var written: [BatchRequestID: Int] = [:]
    var problems: [String] = []

    init(seed: UInt64) {
        self.random = SeededRandom(seed: seed)
        self.slots = 1 + self.random.number(below: 5)
        self.machine = BatchMachine(slots: self.slots)
    }

    mutating func take(_ actions: BatchActions) {
        for change in actions.changes {
            if self.statuses[change.job]?.isFinal ?? false { self.problems.append("\(change.job) ended twice") }
            self.statuses[change.job] = change.status
        }
        for id in actions.reads {
            if self.reading != nil { self.problems.append("two files are read at once") }
            self.reading = id
        }
        for start in actions.starts {
            if self.atGateway.contains(start.id) || self.writing.contains(where: { $0.id == start.id })
                || self.written[start.id] != nil
            {
                self.problems.append("\(start.id) begins twice")
            }
            self.atGateway.append(start.id)
        }
        self.expiring += actions.expiries
        self.completing += actions.completions
        if self.atGateway.count + self.writing.count > self.slots, !actions.starts.isEmpty {
            self.problems.append("more requests than slots")
        }
        if self.atGateway.count + self.writing.count != self.machine.active { self.problems.append("the books differ") }
    }

    mutating func write(_ id: BatchRequestID, isError: Bool) {
        self.written[id, default: 0] += 1
        self.take(self.machine.written(id, isError: isError, now: self.now))
    }

    mutating func add(_ number: Int) {
        let id = "j\(number)"
        self.statuses[id] = .validating
        let window = 20 + self.random.number(below: 4000)
        let owner = "o\(self.random.number(below: 3))"
        self.take(
            self.machine.add(BatchEntry(id: id, owner: owner, expiresAt: self.now + .seconds(window)), now: self.now)
        )
    }

    mutating func read() {
        guard let id = self.reading else { return }
        self.reading = nil
        if self.random.number(below: 8) == 0 { return self.take(self.machine.refused(id, now: self.now)) }
        let count = 1 + self.random.number(below: 30)
        self.sizes[id] = count
        let models = (0..<count).map { _ in self.random.number(below: 4) }
        self.take(self.machine.read(id, BatchTable(models: models), now: self.now))
    }

    mutating func end() {
        guard !self.atGateway.isEmpty else { return }
        let id = self.atGateway.remove(at: self.random.number(below: self.atGateway.count))
        let outcomes: [BatchOutcome] = [
            .answered, .answered, .answered, .refused, .failed, .busy(retryAfter: 7), .cancelled,
        ]
        let outcome = outcomes[self.random.number(below: outcomes.count)]
        let (verdict, actions) = self.machine.ended(id, outcome, now: self.now)
        if verdict != .retry { self.writing.append((id, verdict == .error)) }
        self.take(actions)
    }

    mutating func finishLine() {
        guard !self.writing.isEmpty else { return }
        let (id, isError) = self.writing.remove(at: self.random.number(below: self.writing.count))
        let isEnding = self.statuses[id.job] == .cancelling
        if isEnding, self.random.number(below: 2) == 0 {
            self.take(self.machine.dropped(id, now: self.now))
        } else {
            self.write(id, isError: isError)
        }
    }

    mutating func finishFiles() {
        if let job = self.expiring.popLast() {
            var next = 0
            while true {
                let open = self.machine.open(of: job, from: next, limit: 4)
                guard let last = open.last else { break }
                for (line, _) in open { self.write(BatchRequestID(job: job, line: line), isError: true) }
                next = last.line + 1
            }
        }
        if let job = self.completing.popLast() { self.take(self.machine.completed(job, now: self.now)) }
    }

    mutating func step(_ job: inout Int) {
        switch self.random.number(below: 20) {
        case 0:
            if job < 12 {
                self.add(job)
                job += 1
            }
        case 1: self.read()
        case 2...8: self.end()
        case 9...14: self.finishLine()
        case 15: self.finishFiles()
        case 16:
            self.slots = self.random.number(below: 6)
            self.take(self.machine.setSlots(self.slots, now: self.now))
        case 17:
            if self.random.number(below: 6) == 0 {
                self.take(self.machine.cancel("j\(self.random.number(below: 12))", now: self.now) ?? BatchActions())
            }
        default:
            self.now = self.now + .seconds(self.random.number(below: 30))
            self.take(self.machine.timePassed(now: self.now))
        }
    }

    /// Lets everything come to its end.
    mutating func settle() {
        self.slots = 3
        self.take(self.machine.setSlots(3, now: self.now))
        for _ in 0..<100_000 where !self.statuses.values.allSatisfy(\.isFinal) {
            self.read()
            self.end()
            self.finishLine()
            self.finishFiles()
            if self.atGateway.isEmpty, self.writing.isEmpty, self.reading == nil, let next = self.machine.nextInstant {
                self.now = max(self.now, next)
                self.take(self.machine.timePassed(now: self.now))
            }
        }
    }
}

@Suite("Jobs under random events")
struct BatchMachineRandomTests {
    @Test("Each request ends once, never more than the slots are active, and every job ends", arguments: 1...100)
    func random(seed: Int) {
        var world = World(seed: UInt64(seed))
        var job = 0
        for _ in 0..<1500 { world.step(&job) }
        world.settle()
        #expect(world.problems == [])
        #expect(world.statuses.count == job)
        let live = world.statuses.filter { !$0.value.isFinal }
        #expect(live == [:])
        let wrong = world.written.filter { $0.value != 1 }
        #expect(wrong == [:])
        for (id, size) in world.sizes where world.statuses[id] == .completed || world.statuses[id] == .expired {
            #expect(world.written.keys.filter { $0.job == id }.count == size)
        }
        #expect(world.machine.active == 0)
        #expect(world.machine.nextInstant == nil)
    }

    @Test("Of clients whose jobs never end, none waits for long", arguments: 1...8)
    func fairness(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var machine = BatchMachine(slots: 1 + random.number(below: 3))
        var active: [BatchRequestID] = []
        let owners = 2 + random.number(below: 5)
        for owner in 0..<owners {
            let models = (0..<3_000).map { _ in random.number(below: 3) }
            _ = machine.add(BatchEntry(id: "j\(owner)", owner: "o\(owner)", expiresAt: .distantFuture), now: .zero)
            active += machine.read("j\(owner)", BatchTable(models: models), now: .zero).starts.map(\.id)
        }
        var last: [String: Int] = [:]
        for step in 0..<2_000 {
            let id = active.remove(at: random.number(below: active.count))
            for start in machine.answer(id.job, id.line).starts {
                active.append(start.id)
                #expect(step - (last[start.id.job] ?? 0) <= 16 * owners, "\(start.id.job)")
                last[start.id.job] = step
            }
        }
        #expect(last.count == owners)
    }
}
