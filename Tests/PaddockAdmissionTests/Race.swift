// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockAdmission

/// Clients that keep the slots of one model busy, in virtual time: each has a number of requests outstanding, all take the
/// same time, and another arrives a while after one has ended.
struct Race {
    struct Runner {
        var client: Client
        var requestClass = RequestClass.interactive
        /// How long each of its requests holds its slot.
        var processing: Nanoseconds
        /// How many of its requests wait or are active at a time.
        var outstanding: Int
        /// How long after an end the next one arrives.
        var pause = Nanoseconds.zero
        /// Whether each request is from a new client.
        var isNewEachTime = false
    }

    let gate: Gate
    private let outcome: Outcome
    private let runners: [Runner]
    private var owners: [Int: Int] = [:]
    private var ends: [Int: Instant] = [:]
    private var arrivals: [(at: Instant, runner: Int)] = []
    private var nextRequest = 1_000
    private var arrived: [Int: Instant] = [:]
    private var promised: [Int: Instant] = [:]
    /// The slot time of each runner, that of active requests included once ``run(for:)`` is over.
    private(set) var service: [Nanoseconds]
    /// The runner of each start, in order.
    private(set) var starts: [Int] = []
    /// The waits of those that had to wait, by runner.
    private(set) var waits: [[Nanoseconds]]
    /// How far the promised waits were off, of all that were promised one.
    private(set) var errors: [Nanoseconds] = []

    /// - Parameter outcome: How requests end; unless it is completed, nothing is learned of the times, so that each request is
    ///   charged the same.
    init(_ gate: Gate, outcome: Outcome = .failed, _ runners: [Runner]) {
        self.gate = gate
        self.outcome = outcome
        self.runners = runners
        self.service = runners.map { _ in .zero }
        self.waits = runners.map { _ in [] }
        for runner in runners.indices {
            for _ in 0..<runners[runner].outstanding { self.arrivals.append((gate.now, runner)) }
        }
    }

    mutating func run(for duration: Nanoseconds) throws {
        let end = self.gate.now + duration
        while true {
            let nextEnd = self.ends.min { ($0.value, $0.key) < ($1.value, $1.key) }
            let nextArrival = self.arrivals.indices.min { self.arrivals[$0].at < self.arrivals[$1].at }
            let at = min(nextEnd?.value ?? .distantFuture, nextArrival.map { self.arrivals[$0].at } ?? .distantFuture)
            guard at <= end else { break }
            self.gate.wait(at - self.gate.now)
            if let nextArrival, self.arrivals[nextArrival].at == at {
                self.arrive(self.arrivals.remove(at: nextArrival).runner)
            } else if let request = nextEnd?.key {
                try self.finish(request)
            }
        }
        self.gate.wait(end - self.gate.now)
        for request in self.ends.keys {
            guard let slot = self.gate.slots[request], let owner = self.owners[request] else { continue }
            self.service[owner] += end - slot.started
        }
    }

    private mutating func arrive(_ runner: Int) {
        let request = self.nextRequest
        self.nextRequest += 1
        self.owners[request] = runner
        self.arrived[request] = self.gate.now
        let own = self.runners[runner]
        let client = own.isNewEachTime ? Client(name: "new-\(request)") : own.client
        switch self.gate.arrive(request, of: client, own.requestClass) {
        case .start: self.begin(request)
        case .queued(_, _, let wait): self.promised[request] = wait.map { self.gate.now + $0 }
        case .rejected: self.arrivals.append((self.gate.now + .seconds(1), runner))
        }
        self.listen()
    }

    private mutating func finish(_ request: Int) throws {
        guard let slot = self.gate.slots[request], let owner = self.owners[request] else { return }
        self.ends[request] = nil
        self.service[owner] += self.gate.now - slot.started
        try self.gate.finish(request, self.outcome, firstByte: .zero)
        self.arrivals.append((self.gate.now + self.runners[owner].pause, owner))
        self.listen()
    }

    private mutating func listen() {
        for case .start(let request, _) in self.gate.takeHeard() {
            guard let owner = self.owners[request], let arrived = self.arrived[request] else { continue }
            self.waits[owner].append(self.gate.now - arrived)
            if let promised = self.promised[request] {
                let error = self.gate.now - promised
                self.errors.append(max(error, .zero - error))
            }
            self.begin(request)
        }
    }

    private mutating func begin(_ request: Int) {
        guard let owner = self.owners[request] else { return }
        self.starts.append(owner)
        self.ends[request] = self.gate.now + self.runners[owner].processing
    }
}
