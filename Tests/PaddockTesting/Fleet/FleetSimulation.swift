// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Clients, a gateway and hosts in virtual time.
package struct FleetSimulation<Gateway: FleetGateway> {
    private enum Event {
        case arrival(Arrival)
        case tick
        case poll(host: Int)
        case step(loop: Int)
    }

    private struct Arrival {
        var model: Int
        var options = 0
        var client: String
        var work: Double
        var loop: Int?
    }

    private struct LoopState {
        var step = 0
        /// How many of its requests have not ended.
        var open = 0
    }

    /// The gateway, as it is now.
    package private(set) var gateway: Gateway
    /// All requests that have arrived.
    package private(set) var requests: [FleetRequest] = []
    private let shape: Shape
    private let horizon: Double
    private let pollInterval: Double?
    private(set) var hosts: [VirtualHost]
    private(set) var time = 0.0
    private var events: [(time: Double, event: Event)] = []
    private var random: SeededRandom
    private var loops: [LoopState]
    private var loopOfRequest: [Int: Int] = [:]

    /// Makes a fleet at which nothing has arrived.
    ///
    /// - Parameters:
    ///   - shape: What is sent, and to what.
    ///   - gateway: What stands between.
    ///   - seed: What all that is random follows from.
    ///   - jitter: The standard deviation of the logarithm of load times. Defaults to 0.2.
    ///   - horizon: When it ends at the latest, in seconds. Defaults to twice as long as requests are sent.
    ///   - pollInterval: How many seconds pass between two lists of what a host has loaded. Defaults to never.
    package init(
        _ shape: Shape,
        gateway: Gateway,
        seed: UInt64,
        jitter: Double = 0.2,
        horizon: Double = 2 * Shape.duration,
        pollInterval: Double? = nil
    ) {
        self.shape = shape
        self.gateway = gateway
        self.horizon = horizon
        self.pollInterval = pollInterval
        self.random = SeededRandom(seed: seed)
        self.loops = Array(repeating: LoopState(), count: shape.loops.count)
        self.hosts = []
        for setting in shape.hosts {
            let host = VirtualHost(setting, models: shape.models, jitter: jitter, seed: self.random.next())
            self.hosts.append(host)
        }
        for stream in shape.streams { self.plan(stream) }
        for (index, loop) in shape.loops.enumerated() {
            self.plan(at: loop.start ?? 2 * self.random.unit(), .step(loop: index))
        }
        if pollInterval != nil { for host in self.hosts.indices { self.plan(at: 0, .poll(host: host)) } }
    }

    /// Lets everything happen, and sums it up.
    package mutating func run() -> FleetFigures {
        while let (host, time) = self.next, time <= self.horizon {
            self.time = time
            if let host { self.proceed(host) } else if let (_, event) = self.events.popLast() { self.handle(event) }
        }
        return FleetFigures(self.requests, hosts: self.hosts, end: self.time)
    }

    /// What happens next, in which host if it is there, and when; `nil` if nothing does any more.
    private var next: (host: Int?, time: Double)? {
        var next = (host: Int?.none, time: self.events.last?.time ?? .infinity)
        for (index, host) in self.hosts.enumerated() where host.next < next.time { next = (index, host.next) }
        if next.time == .infinity { return nil }
        // Lists alone keep nothing going.
        if next.host == nil, self.events.allSatisfy({ if case .poll = $0.event { true } else { false } }),
            self.hosts.allSatisfy({ $0.next == .infinity })
        {
            return nil
        }
        return next
    }

    private var now: Instant { Instant(seconds: self.time) }

    // MARK: - Clients

    private mutating func plan(at time: Double, _ event: Event) {
        // The next event is at the end; of equals the one that was planned first comes first.
        var (low, high) = (0, self.events.count)
        while low < high {
            let middle = (low + high) / 2
            if self.events[middle].time > time { low = middle + 1 } else { high = middle }
        }
        self.events.insert((time, event), at: low)
    }

    private mutating func plan(_ stream: Shape.Stream) {
        var time = stream.start
        while true {
            time += self.random.exponential(mean: 1 / stream.rate)
            guard time <= stream.end else { return }
            let model = self.model(of: stream)
            for _ in 0..<stream.burst {
                let client = stream.clients[self.random.number(below: stream.clients.count)]
                self.plan(
                    at: time,
                    .arrival(Arrival(model: model, client: client, work: self.work(mean: stream.work)))
                )
            }
        }
    }

    private mutating func model(of stream: Shape.Stream) -> Int {
        guard !stream.weights.isEmpty else { return stream.models[self.random.number(below: stream.models.count)] }
        var left = self.random.unit() * stream.weights.reduce(0, +)
        for (model, weight) in zip(stream.models, stream.weights) {
            left -= weight
            if left < 0 { return model }
        }
        return stream.models[stream.models.count - 1]
    }

    /// A log-normal time with a long tail, of at least a fifth of a second.
    private mutating func work(mean: Double) -> Double {
        max(0.2, self.random.logNormal(median: mean * 0.726, sigma: 0.8))
    }

    private mutating func step(_ index: Int) {
        guard self.time <= Shape.duration else { return }
        let loop = self.shape.loops[index]
        let (model, width) = loop.script[self.loops[index].step % loop.script.count]
        self.loops[index].step += 1
        self.loops[index].open = width
        for _ in 0..<width {
            let arrival = Arrival(
                model: model,
                options: loop.options,
                client: loop.client,
                work: self.work(mean: loop.work),
                loop: index
            )
            self.arrive(arrival)
        }
    }

    private mutating func ended(loop index: Int) {
        self.loops[index].open -= 1
        guard self.loops[index].open == 0 else { return }
        let loop = self.shape.loops[index]
        let pause = loop.isSteady ? loop.think : self.random.exponential(mean: loop.think)
        self.plan(at: self.time + pause, .step(loop: index))
    }

    // MARK: - Events

    private mutating func handle(_ event: Event) {
        switch event {
        case .arrival(let arrival): self.arrive(arrival)
        case .step(let loop): self.step(loop)
        case .tick: self.ask { $0.tick(now: $1, &$2) }
        case .poll(let host):
            self.list(host)
            if let pollInterval = self.pollInterval { self.plan(at: self.time + pollInterval, .poll(host: host)) }
        }
    }

    private mutating func arrive(_ arrival: Arrival) {
        let request = FleetRequest(
            id: self.requests.count,
            arrived: self.time,
            model: arrival.model,
            options: arrival.options,
            client: arrival.client,
            work: arrival.work
        )
        self.requests.append(request)
        self.loopOfRequest[request.id] = arrival.loop
        self.ask { $0.arrived(request, now: $1, &$2) }
    }

    private mutating func proceed(_ host: Int) {
        let ended = self.hosts[host].proceed(now: self.time)
        for (id, machineTime) in ended {
            self.requests[id].ended = self.time
            self.requests[id].machineTime = machineTime
        }
        self.tellStarted(host)
        for (id, _) in ended {
            if let loop = self.loopOfRequest.removeValue(forKey: id) { self.ended(loop: loop) }
            let request = self.requests[id]
            self.ask { $0.ended(request, on: host, now: $1, &$2) }
        }
    }

    /// Tells the gateway of first bytes.
    private mutating func tellStarted(_ host: Int) {
        for id in self.hosts[host].takeStarted() {
            self.requests[id].started = self.time
            let request = self.requests[id]
            self.ask { $0.firstByte(of: request, on: host, now: $1, &$2) }
        }
    }

    private mutating func list(_ host: Int) {
        let residents = self.hosts[host].residents
        self.ask { $0.listed(residents, on: host, now: $1, &$2) }
    }

    /// Passes an event to the gateway, and does what it wants.
    private mutating func ask(_ event: (inout Gateway, Instant, inout FleetActions) -> Void) {
        var actions = FleetActions()
        event(&self.gateway, self.now, &actions)
        for action in actions.list {
            switch action {
            case .send(let id, let host):
                self.requests[id].host = host
                self.hosts[host].arrive(self.requests[id], now: self.time)
                self.tellStarted(host)
            case .unload(let model, let host):
                let isGone = self.hosts[host].unload(model, now: self.time)
                self.tellStarted(host)
                self.ask { $0.unloaded(model, on: host, isGone: isGone, now: $1, &$2) }
            case .list(let host):
                self.list(host)
            case .wake(let instant):
                self.plan(at: max(self.time, instant.seconds), .tick)
            }
        }
    }
}
