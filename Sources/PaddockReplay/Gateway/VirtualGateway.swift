// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import HeapModule
internal import PaddockAdmission
package import PaddockBase

/// The gateway in virtual time: the same admission state machine in front of backends that take as long as each request states.
///
/// It has no clock of its own: its caller adds arrivals and advances it, in order of time. What follows from
/// each is in ``happened`` until the next one. Backends are always healthy, and how long a request takes does not depend on
/// what runs beside it. If it is known how long loads take, the backends load and unload models as Ollama does.
package struct VirtualGateway: Sendable {
    /// A request that waits or holds a slot.
    private struct Live: Sendable {
        var request: VirtualRequest
        var number: Int32
        var arrived: Int64
        var ticket: Ticket?
        var slot: Slot?
        /// Since when its backend has worked on it; nil as long as that loads its model.
        var served: Int64?
        var ending = Ending.failed
    }

    private enum DueKind: Sendable {
        /// Its client gives up if it has no slot.
        case giveUp
        case firstByte
        case end
    }

    /// What is to happen to a live request.
    private struct Due: Comparable, Sendable {
        var instant: Int64
        /// Of what is due at one instant, what was planned first comes first.
        var sequence: Int64
        var place: Int32
        var kind: DueKind

        static func < (left: Due, right: Due) -> Bool {
            left.instant != right.instant ? left.instant < right.instant : left.sequence < right.sequence
        }
    }

    private var admission: VirtualAdmission
    private var live: [Live] = []
    /// Which plans a place's present request has made; older ones are void.
    private var begun: [Int64] = []
    private var free: [Int32] = []
    private var due = Heap<Due>()
    private var sequence: Int64 = 0
    private var timer: Instant?
    /// The backends by their index; none if every model counts as loaded everywhere.
    private var hosts: [ReplayHost] = []
    /// What followed from the latest arrival or step.
    package private(set) var happened: [VirtualEvent] = []
    /// The time of the latest arrival or step.
    package private(set) var now: Instant

    /// Makes a gateway at which nothing has arrived.
    ///
    /// - Parameters:
    ///   - setting: Its limits and its policy.
    ///   - now: The time.
    package init(_ setting: ReplaySetting, now: Instant) {
        var options = setting.admission
        if let loads = setting.loads {
            for backend in 0..<options.backendCount {
                let places = options.memory[BackendIndex(backend)]?.maxLoaded ?? loads.places
                // Sizes are not in a trace.
                options.memory[BackendIndex(backend)] = MemoryFit(maxLoaded: places)
                self.hosts.append(ReplayHost(places: places))
            }
        }
        self.admission = VirtualAdmission(options, now: now)
        self.now = now
        for backend in self.hosts.indices { self.take(self.admission.observe([], on: BackendIndex(backend), now: now)) }
    }

    /// How many loads its backends have begun; nil if they load nothing.
    package var loads: Int? { self.hosts.isEmpty ? nil : self.hosts.reduce(0) { $0 + $1.loads } }

    /// Says which models all backends have installed.
    package mutating func install(_ models: [ModelName]) {
        let installed = Dictionary(models.map { ($0, Int64(0)) }, uniquingKeysWith: { first, _ in first })
        for backend in self.hosts.indices {
            self.take(self.admission.setInstalled(installed, on: BackendIndex(backend), now: self.now))
        }
    }

    /// When it will have something to do, if nothing arrives before; nil if it is idle.
    package var nextInstant: Instant? {
        var next = self.timer
        if let due = self.due.min { next = min(next ?? .distantFuture, Instant(nanoseconds: due.instant)) }
        for host in self.hosts {
            if let end = host.loadEnd { next = min(next ?? .distantFuture, Instant(nanoseconds: end)) }
        }
        return next
    }

    /// A request arrives.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - number: What its events call it.
    ///   - now: The time, no later than ``nextInstant``.
    package mutating func arrive(_ request: VirtualRequest, number: Int32, now: Instant) {
        self.begin(now)
        let place = self.insert(request, number: number)
        let deadline = request.deadline.map { Instant(nanoseconds: now.nanoseconds.addingOrMax($0)) } ?? .distantFuture
        var arriving = ArrivingRequest(id: "", model: request.model, client: request.client, deadline: deadline)
        arriving.requestClass = request.requestClass
        arriving.expectsStream = request.isStream
        arriving.isDeadlineStated = request.isDeadlineStated
        let (arrival, answers) = self.admission.arrive(arriving, number: place, now: now)
        self.take(answers)
        switch arrival {
        case .start(let slot):
            self.start(place, slot)
        case .queued(let ticket, _, let estimatedWait):
            self.live[Int(place)].ticket = ticket
            self.happened.append(.queued(number, estimatedWait: estimatedWait))
            if let patience = request.patience {
                self.plan(place, at: now.nanoseconds.addingOrMax(patience), .giveUp)
            }
        case .rejected(let rejection):
            self.end(place, Ending(rejection))
        }
    }

    /// Goes on to ``nextInstant`` and does one thing; nothing when it is idle.
    package mutating func step() {
        guard let next = self.nextInstant else { return self.happened.removeAll(keepingCapacity: true) }
        self.begin(next)
        // What ends at the very deadline of a waiter may still give it its slot.
        if let due = self.due.min, due.instant <= next.nanoseconds {
            self.due.removeMin()
            guard self.begun[Int(due.place)] <= due.sequence else { return }
            switch due.kind {
            case .giveUp: self.giveUp(due.place)
            case .firstByte: self.answer(due.place)
            case .end: self.finish(due.place)
            }
        } else if let host = self.hosts.firstIndex(where: { ($0.loadEnd ?? .max) <= next.nanoseconds }) {
            self.hosts[host].proceed(now: next.nanoseconds)
            self.takeBegun()
        } else {
            self.timer = nil
            self.take(self.admission.deadlineReached(now: next))
        }
    }

    private mutating func begin(_ now: Instant) {
        self.now = max(self.now, now)
        self.happened.removeAll(keepingCapacity: true)
    }

    private mutating func insert(_ request: VirtualRequest, number: Int32) -> Int32 {
        let entry = Live(request: request, number: number, arrived: self.now.nanoseconds)
        if let place = self.free.popLast() {
            self.live[Int(place)] = entry
            self.begun[Int(place)] = self.sequence
            return place
        }
        self.live.append(entry)
        self.begun.append(self.sequence)
        return Int32(self.live.count - 1)
    }

    private mutating func plan(_ place: Int32, at instant: Int64, _ kind: DueKind) {
        self.due.insert(Due(instant: instant, sequence: self.sequence, place: place, kind: kind))
        self.sequence += 1
    }

    private mutating func start(_ place: Int32, _ slot: Slot) {
        let entry = self.live[Int(place)]
        self.live[Int(place)].slot = slot
        self.happened.append(.started(entry.number))
        let backend = slot.backend.value
        guard self.hosts.indices.contains(backend) else { return self.serve(place) }
        let (latest, ending) = entry.request.latestEnd(arrived: entry.arrived)
        self.live[Int(place)].ending = ending
        if latest < .max { self.plan(place, at: max(latest, self.now.nanoseconds), .end) }
        let (model, loadTime) = (entry.request.model, entry.request.loadTime)
        self.hosts[backend].arrive(place, model, loadTime: loadTime, now: self.now.nanoseconds)
        self.takeBegun()
    }

    /// Backends have begun to work on requests.
    private mutating func takeBegun() {
        for backend in self.hosts.indices {
            for place in self.hosts[backend].takeBegun() { self.serve(place) }
        }
    }

    /// The backend of a request begins to work on it.
    private mutating func serve(_ place: Int32) {
        let entry = self.live[Int(place)]
        let (instant, ending) = entry.request.end(arrived: entry.arrived, started: self.now.nanoseconds)
        self.live[Int(place)].served = self.now.nanoseconds
        self.live[Int(place)].ending = ending
        if !self.hosts.isEmpty {
            self.happened.append(.served(entry.number))
            // That it would end without having been served is void.
            self.begun[Int(place)] = self.sequence
            let firstByte = self.now.nanoseconds.addingOrMax(entry.request.firstByte)
            if let slot = entry.slot, slot.firstByteUse != .none, firstByte < instant, entry.request.status < 400 {
                self.plan(place, at: firstByte, .firstByte)
            }
        }
        self.plan(place, at: instant, .end)
    }

    /// The reply to a request begins.
    private mutating func answer(_ place: Int32) {
        guard let slot = self.live[Int(place)].slot else { return }
        self.take(self.admission.answered(slot, isStream: self.live[Int(place)].request.isStream, now: self.now))
    }

    private mutating func finish(_ place: Int32) {
        let entry = self.live[Int(place)]
        guard let slot = entry.slot else { return }
        var progress = ReplyProgress()
        let firstByte = entry.served.map { $0.addingOrMax(entry.request.firstByte) } ?? .max
        progress.isStream = entry.request.isStream
        progress.status = entry.request.status
        progress.tokens = TokenCounts(prompt: 0, answer: entry.request.tokens)
        progress.firstByte = firstByte <= self.now.nanoseconds ? Instant(nanoseconds: firstByte) : nil
        let answers = self.admission.finish(slot, entry.ending, progress, now: self.now)
        self.end(place, entry.ending)
        if self.hosts.indices.contains(slot.backend.value) {
            let isServed = entry.served != nil
            self.hosts[slot.backend.value].leave(
                place,
                entry.request.model,
                isServed: isServed,
                now: self.now.nanoseconds
            )
        }
        self.take(answers)
        self.takeBegun()
    }

    /// The client of a waiter goes away; one that holds its slot by now has had its end planned with it.
    private mutating func giveUp(_ place: Int32) {
        guard let ticket = self.live[Int(place)].ticket, self.live[Int(place)].slot == nil else { return }
        let (didWait, answers) = self.admission.cancel(ticket, now: self.now)
        if didWait { self.end(place, .cancelled) }
        self.take(answers)
    }

    private mutating func end(_ place: Int32, _ ending: Ending) {
        self.happened.append(.ended(self.live[Int(place)].number, ending))
        self.begun[Int(place)] = .max
        self.free.append(place)
    }

    private mutating func take(_ answers: VirtualAdmission.Answers) {
        if let deadline = answers.nextDeadline { self.timer = min(self.timer ?? .distantFuture, deadline) }
        answers.forEach { place, answer in
            switch answer {
            case .start(let slot): self.start(place, slot)
            case .reject(let rejection): self.end(place, Ending(rejection))
            case .timeOut: self.end(place, .timedOut)
            case .cancel, .placed, .waits: break
            }
        }
        for command in answers.commands { self.carryOut(command) }
    }

    private mutating func carryOut(_ command: BackendCommand) {
        let backend = command.backend
        guard self.hosts.indices.contains(backend.value) else { return }
        switch command {
        case .unload(let model, _):
            self.hosts[backend.value].unload(model, now: self.now.nanoseconds)
            self.take(self.admission.unloaded(model, on: backend, now: self.now))
            self.takeBegun()
        case .look:
            let loaded = self.hosts[backend.value].loaded.map { LoadedModel(name: $0) }
            self.take(self.admission.observe(loaded, on: backend, now: self.now))
        case .load(let model, _):
            self.hosts[backend.value].hold(model, now: self.now.nanoseconds)
            self.take(self.admission.preloaded(model, on: backend, now: self.now))
        }
    }
}
