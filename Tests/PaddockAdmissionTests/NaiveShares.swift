// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase

@testable import PaddockAdmission

/// The contract's rules of service, written as directly as possible: the service of each client of one model.
///
/// Amounts are in nanoseconds. Sums and quotients are in the same order as in the machine, so that both round alike.
struct NaiveShares {
    struct Known {
        var client: Client
        var service: [RequestClass: Double]
        var idleSince: Instant?
    }

    let policy: AdmissionPolicy
    private(set) var known: [String: Known] = [:]
    /// The idle ones, the longest first.
    private var idle: [String] = []
    private var level: [RequestClass: Double] = [.interactive: 0, .batch: 0]
    private var served: [RequestClass: Double] = [.interactive: 0, .batch: 0]
    /// What batch has earned.
    private(set) var credit = 0.0

    init(policy: AdmissionPolicy) {
        self.policy = policy
    }

    func service(of name: String, _ requestClass: RequestClass) -> Double {
        self.known[name]?.service[requestClass] ?? 0
    }

    /// A client arrives; its classes without a waiter are lifted.
    mutating func come(_ client: Client, waits: (RequestClass) -> Bool, now: Instant) {
        var entry = self.known[client.name] ?? Known(client: client, service: [.interactive: 0, .batch: 0])
        for requestClass in RequestClass.allCases {
            var service = self.rest(entry, requestClass, now: now)
            if !waits(requestClass) { service = max(service, self.level[requestClass] ?? 0) }
            entry.service[requestClass] = service
        }
        if entry.idleSince != nil { entry.client = client }
        entry.idleSince = nil
        self.idle.removeAll { $0 == client.name }
        self.known[client.name] = entry
    }

    private func rest(_ entry: Known, _ requestClass: RequestClass, now: Instant) -> Double {
        let service = entry.service[requestClass] ?? 0
        guard let since = entry.idleSince else { return service }
        return service - Double(now.nanoseconds - since.nanoseconds) / entry.client.weight
    }

    /// A client has nothing left.
    mutating func fallIdle(_ name: String, now: Instant) {
        guard self.known[name] != nil, !self.idle.contains(name) else { return }
        self.known[name]?.idleSince = now
        self.idle.append(name)
        while let oldest = self.idle.first, let entry = self.known[oldest] {
            let isForgiven = RequestClass.allCases.allSatisfy {
                self.rest(entry, $0, now: now) <= self.level[$0] ?? 0
            }
            guard isForgiven || self.idle.count > 256 else { return }
            self.known[oldest] = nil
            self.idle.removeFirst()
        }
    }

    /// Nothing is active any more.
    mutating func beginAnew() {
        for name in self.known.keys { self.known[name]?.service = [.interactive: 0, .batch: 0] }
        self.level = [.interactive: 0, .batch: 0]
        self.served = [.interactive: 0, .batch: 0]
    }

    /// A client may run again that was not allowed to.
    mutating func lift(_ name: String) {
        for requestClass in RequestClass.allCases {
            let service = max(self.service(of: name, requestClass), self.level[requestClass] ?? 0)
            self.known[name]?.service[requestClass] = service
        }
    }

    /// The first of batch begins to wait.
    mutating func batchComes() { self.credit = 0 }

    /// A request starts.
    ///
    /// - Returns: What it paid from what batch had earned.
    mutating func start(_ name: String, _ requestClass: RequestClass, charge: Double, batchWaits: Bool) -> Double {
        let weights = self.known.values.map { Int(($0.client.weight * 1_000_000).rounded()) }.reduce(0, +)
        let part = (self.served[requestClass] ?? 0) * 1_000_000 / Double(weights)
        self.level[requestClass] = max(
            (self.level[requestClass] ?? 0) + part,
            self.service(of: name, requestClass)
        )
        self.served[requestClass] = 0
        self.credit = min(self.credit, 8 * charge)
        return self.charge(name, requestClass, charge, paid: 0, batchWaits: batchWaits)
    }

    /// A request turns out to take more, or less, than it was charged.
    ///
    /// - Returns: What it has paid from what batch had earned.
    mutating func charge(
        _ name: String,
        _ requestClass: RequestClass,
        _ amount: Double,
        paid: Double,
        batchWaits: Bool
    ) -> Double {
        guard let entry = self.known[name] else { return paid }
        self.known[name]?.service[requestClass]? += amount / entry.client.weight
        self.served[requestClass]? += amount
        if requestClass == .interactive {
            if batchWaits { self.credit = max(0, self.credit + amount * self.policy.batchShare) }
            return paid
        }
        let change = amount >= 0 ? min(self.credit, amount) : -min(paid, -amount)
        self.credit -= change
        return paid + change
    }
}
