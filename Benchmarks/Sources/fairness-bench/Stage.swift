// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockReplay

/// A virtual gateway with four slots and clients in front of it; prints what becomes of each request as a line of a trace.
struct Stage {
    private struct Request {
        var client: String
        var arrived: Double
        var request: VirtualRequest
        var started: Double?
        var estimate: Double?
    }

    static let slots = 4
    private let model: ModelName
    private var gateway: VirtualGateway
    private var requests: [Request] = []
    private var random = SeededRandom(seed: 7)
    /// Requests to come, the earliest last.
    private var planned: [(instant: Double, client: String, change: (inout VirtualRequest) -> Void)] = []
    /// Clients that send another request as soon as one has ended.
    private var closed: Set<String> = []
    private var lines = ""

    init(isFair: Bool) {
        guard let model = ModelName("llama2") else { preconditionFailure("it is a name") }
        self.model = model
        var setting = ReplaySetting(AdmissionOptions(limits: Limits(parallel: Self.slots, queue: 5_000)))
        setting.admission.policy.isFair = isFair
        self.gateway = VirtualGateway(setting, now: Instant(nanoseconds: 0))
    }

    /// Plans a request.
    mutating func plan(
        at instant: Double,
        client: String,
        _ change: @escaping (inout VirtualRequest) -> Void = { _ in }
    ) {
        self.planned.append((instant, client, change))
    }

    /// Plans a client that always has so many requests outstanding.
    mutating func keep(_ count: Int, client: String, from instant: Double = 0) {
        self.closed.insert(client)
        for _ in 0..<count { self.plan(at: instant, client: client) }
    }

    /// Plans requests of some clients in turn, at random times.
    mutating func pour(
        perSecond: Double,
        until end: Double,
        clients: Int,
        _ change: @escaping (Int, inout VirtualRequest) -> Void = { _, _ in }
    ) {
        var random = SeededRandom(seed: 11)
        var instant = random.exponential(mean: 1 / perSecond)
        var number = 0
        while instant < end {
            let index = number
            self.plan(at: instant, client: "person-\(index % clients)") { change(index, &$0) }
            instant += random.exponential(mean: 1 / perSecond)
            number += 1
        }
    }

    /// Lets virtual time pass and prints.
    mutating func run(until end: Double) {
        self.planned.sort { $0.instant > $1.instant }
        while true {
            let own = self.gateway.nextInstant.map { Double($0.nanoseconds) / 1e9 } ?? .infinity
            let next = self.planned.last?.instant ?? .infinity
            guard min(own, next) <= end else { break }
            if own <= next {
                self.gateway.step()
            } else if let (instant, client, change) = self.planned.popLast() {
                self.arrive(client, at: instant, change)
            }
            self.takeEvents()
        }
        print(self.lines, terminator: "")
    }

    private mutating func arrive(_ client: String, at instant: Double, _ change: (inout VirtualRequest) -> Void) {
        // A second at the mean; the first byte of a stream comes after a tenth.
        let seconds = 0.5 + self.random.unit()
        var request = VirtualRequest(
            model: self.model,
            client: Client(name: client),
            firstByte: Int64(seconds * 1e8),
            processing: Int64(seconds * 1e9)
        )
        request.isStream = true
        change(&request)
        if !request.isStream { request.firstByte = request.processing }
        let number = Int32(self.requests.count)
        self.requests.append(Request(client: client, arrived: instant, request: request))
        self.gateway.arrive(request, number: number, now: Instant(nanoseconds: Int64(instant * 1e9)))
    }

    private mutating func takeEvents() {
        let now = Double(self.gateway.now.nanoseconds) / 1e9
        for event in self.gateway.happened {
            switch event {
            case .queued(let number, let estimatedWait):
                self.requests[Int(number)].estimate = estimatedWait.map { $0 / .seconds(1) }
            case .started(let number): self.requests[Int(number)].started = now
            case .served: break
            case .ended(let number, let outcome): self.end(Int(number), outcome, now: now)
            }
        }
    }

    private mutating func end(_ number: Int, _ outcome: Ending, now: Double) {
        let request = self.requests[number]
        let started = request.started.map { "\($0 - request.arrived)" } ?? "\(now - request.arrived)"
        let processing = request.started.map { "\(now - $0)" } ?? "null"
        self.lines += "{\"arrived\":\(request.arrived),\"client\":\"\(request.client)\","
        self.lines += "\"class\":\"\(request.request.requestClass.name)\",\"wait\":\(started),"
        self.lines += "\"processing\":\(processing),\"outcome\":\"\(outcome.rawValue)\","
        self.lines += "\"estimate\":\(request.estimate.map { "\($0)" } ?? "null")}\n"
        guard self.closed.contains(request.client) else { return }
        // No earlier than anything that is planned: it comes next.
        self.planned.append((now, request.client, { _ in }))
    }
}
