// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase

/// What becomes of the requests of a trace, gathered while it happens.
struct ReplayTally: Sendable {
    /// What became of one request.
    struct Course: Sendable {
        /// When it got its slot; nil without one.
        var started: Int64?
        /// When its backend had its model loaded, and began to work on it; nil if it never did.
        var served: Int64?
        var ended: Int64 = 0
        var outcome = Ending.completed
    }

    private let requests: [ReplayRequest]
    /// The class that each request counts as.
    private let classes: [RequestClass]
    private(set) var courses: [Course]
    private(set) var slots: [SlotMeter]
    /// How many loads there were; nil if that is not known.
    var loads: Int?
    private var service = ServiceMeter()
    /// The member of the meter that each request is counted with.
    private var members: [Int32] = []

    /// - Parameters:
    ///   - trace: The requests.
    ///   - classes: What each counts as.
    ///   - weights: What each client has.
    init(_ trace: ReplayTrace, classes: [RequestClass], weights: [Double]) {
        self.requests = trace.requests
        self.classes = classes
        self.courses = Array(repeating: Course(), count: trace.requests.count)
        self.slots = Array(repeating: SlotMeter(), count: trace.models.count)
        let groups = trace.models.map { _ in
            let interactive = self.service.addGroup()
            return ByClass(interactive: interactive, batch: self.service.addGroup())
        }
        var known: [UInt64: Int32] = [:]
        self.members.reserveCapacity(trace.requests.count)
        for (index, request) in trace.requests.enumerated() {
            let group = groups[Int(request.model)][classes[index]]
            let key = UInt64(group) << 32 | UInt64(request.client)
            if let member = known[key] {
                self.members.append(member)
            } else {
                let member = Int32(self.service.addMember(of: group, weight: weights[Int(request.client)]))
                known[key] = member
                self.members.append(member)
            }
        }
    }

    /// Takes note of an arrival.
    mutating func arrived(_ index: Int, now: Int64) {
        self.slots[Int(self.requests[index].model)].change(0, now: now)
        self.service.change(Int(self.members[index]), waiting: 1, active: 0, now: now)
    }

    /// Takes note of a start.
    mutating func started(_ index: Int, now: Int64) {
        self.courses[index].started = now
        self.courses[index].served = now
        self.slots[Int(self.requests[index].model)].change(1, now: now)
        self.service.change(Int(self.members[index]), waiting: -1, active: 1, now: now)
    }

    /// Takes note that a backend works on a request from now on.
    mutating func served(_ index: Int, now: Int64) { self.courses[index].served = now }

    /// Takes note of an end.
    mutating func ended(_ index: Int, _ outcome: Ending, now: Int64) {
        self.courses[index].ended = now
        self.courses[index].outcome = outcome
        let isActive = self.courses[index].started != nil
        self.slots[Int(self.requests[index].model)].change(isActive ? -1 : 0, now: now)
        self.service.change(
            Int(self.members[index]),
            waiting: isActive ? 0 : -1,
            active: isActive ? -1 : 0,
            now: now
        )
    }

    // MARK: - What it comes to

    /// - Parameters:
    ///   - busiest: The clients to list.
    ///   - slots: How many slots each model has; nil if that has to be seen.
    consuming func summary(busiest: [Int], slots: [Int]?) -> ReplaySummary {
        var waits = ByClass<[Int64]>(interactive: [], batch: [])
        var summary = ReplaySummary()
        var rows: [Int32: Int] = [:]
        for (row, client) in busiest.enumerated() { rows[Int32(client)] = row }
        var clients = busiest.map { _ in (total: ReplaySummary.Part(), waits: [Int64]()) }
        var (first, last, usefulTime) = (Int64.max, Int64.min, 0.0)
        for (index, request) in self.requests.enumerated() {
            let course = self.courses[index]
            let wait = course.started.map { $0 - request.arrived }
            let slotTime = course.started.map { Double(course.ended - $0) } ?? 0
            (first, last) = (min(first, request.arrived), max(last, course.ended))
            if course.outcome == .completed { usefulTime += slotTime }
            summary.all.count(course.outcome, slotTime: slotTime)
            summary.classes[self.classes[index]].count(course.outcome, slotTime: slotTime)
            if let wait { waits[self.classes[index]].append(wait) }
            if let row = rows[request.client] {
                clients[row].total.count(course.outcome, slotTime: slotTime)
                if let wait { clients[row].waits.append(wait) }
            }
        }
        summary.waitsAndLoads = Quantiles(
            zip(self.requests, self.courses).compactMap { request, course in course.served.map { $0 - request.arrived }
            }
        )
        summary.all.waits = Quantiles(waits.interactive + waits.batch)
        for requestClass in RequestClass.allCases {
            summary.classes[requestClass].waits = Quantiles(waits[requestClass])
        }
        summary.clients = clients.map { total, waits in
            var part = total
            part.waits = Quantiles(waits)
            return part
        }
        guard first < last else { return summary }
        summary.span = last - first
        let offered = self.slots.enumerated().reduce(0.0) { sum, next in
            sum + Double(slots?[next.offset] ?? next.element.visibleSlots) * Double(next.element.span)
        }
        let slotTime = summary.all.slotTime
        summary.utilisation = offered > 0 ? min(1, slotTime / offered) : nil
        summary.usefulShare = slotTime > 0 ? usefulTime / slotTime : nil
        summary.fairness = self.service.fairness(now: last)
        return summary
    }
}
