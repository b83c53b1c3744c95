// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockCluster
import PaddockSystem

/// A cluster in virtual time: members, a store, links, one backend that alone knows how many run, clients in closed loops, and faults.
///
/// After the model in Python that the design was chosen by, with this code in place of its sketch.
final class ClusterWorld {
    struct Settings {
        var members = 3
        var limit = 4
        var seconds = 600.0
        var meanService = 5.0
        /// For each client how many requests it has at once, and on which member if always on the same.
        var clients: [(count: Int, member: Int?)] = Array(repeating: (6, nil), count: 8)
        var options = ClusterOptions()
        /// Whether members have a folder for what they know.
        var keepsMemory = true
    }

    struct Fault {
        enum Kind: CaseIterable { case crash, hang, cut, cutOneWay, cutFromStore, store, storeForgets, stop }
        var at: Double
        var kind: Kind
        /// Nil: whoever coordinates then.
        var member: Int?
        var length: Double
    }

    struct Result {
        var peak = 0
        var overSeconds = 0.0
        var utilization = 0.0
        var jain = 0.0
        var done = 0
        var heavyShare = 0.0
    }

    final class Request {
        let id: Int
        let client: Int
        let pin: Int?
        let member: Int
        let life: Int
        let issued: Double
        var state = State.waiting
        var started = 0.0
        enum State { case waiting, active, ended }
        init(id: Int, client: Int, pin: Int?, member: Int, life: Int, issued: Double) {
            (self.id, self.client, self.pin, self.member, self.life, self.issued) = (
                id, client, pin, member, life, issued
            )
        }
    }

    enum Wire {
        case control(LinkMessage)
        case register(Registration, held: [Request])
        case arrive(Request, session: UInt64)
        case start(Request, session: UInt64)
        case ended(Request, session: UInt64)
    }

    /// The queue of the coordinator: the client with the least service first, its oldest first.
    struct FairQueue {
        var waiting: [Int: [Request]] = [:]
        var service: [Int: Double] = [:]
        var level = 0.0
        var active: [Int: (request: Request, member: Int)] = [:]
        let mean: Double

        mutating func push(_ request: Request) {
            if self.waiting[request.client, default: []].isEmpty {
                self.service[request.client] = max(self.service[request.client] ?? 0, self.level)
            }
            var list = self.waiting[request.client, default: []]
            let place = list.firstIndex { $0.issued > request.issued } ?? list.count
            list.insert(request, at: place)
            self.waiting[request.client] = list
        }

        mutating func pop() -> Request? {
            let best = self.waiting.filter { !$0.value.isEmpty }.keys.min { left, right in
                (self.service[left] ?? 0, left) < (self.service[right] ?? 0, right)
            }
            guard let best else { return nil }
            self.level = self.service[best] ?? 0
            self.service[best, default: 0] += self.mean
            return self.waiting[best]?.removeFirst()
        }

        mutating func settle(_ request: Request, used: Double) {
            self.service[request.client, default: 0] += used - self.mean
        }

        mutating func drop(member: Int) {
            for client in self.waiting.keys { self.waiting[client]?.removeAll { $0.member == member } }
            self.active = self.active.filter { $0.value.member != member }
        }
    }

    final class Node {
        var machine: ClusterMachine
        let clock: Double
        var life = 0
        var isUp = true
        var isHung = false
        var isStopped = false
        var parked: [() -> Void] = []
        var held: [Int: Request] = [:]
        var waiting: [Int: Request] = [:]
        var allowance = Allowance.nothing
        var heldAtLoss = 0
        var queue: FairQueue?
        init(_ machine: ClusterMachine, clock: Double) { (self.machine, self.clock) = (machine, clock) }
    }

    let settings: Settings
    var random: SeededRandom
    var now = 0.0
    var nodes: [Node] = []
    var result = Result()
    private var events: [(at: Double, order: Int, run: () -> Void)] = []
    private var order = 0
    private var active: [Int: Request] = [:]
    private var last = 0.0
    private var busy = 0.0
    private var service: [Int: Double] = [:]
    private var nextID = 0
    private var all: [Int: Request] = [:]
    // Links: the end of the last delivery, so that order is kept; cuts by (from, to), -1 for the store.
    private var delivered: [Int: Double] = [:]
    private var cuts: Set<Int> = []
    private var held: [Int: [() -> Void]] = [:]
    // The store.
    private var storeIsUp = true
    private var storeTerm: UInt64 = 0
    private var office: (member: MemberIdentity, term: Term, until: Double)?
    private var entries: [MemberID: (identity: MemberIdentity, until: Double)] = [:]
    static let place = Place(model: "m", backend: "b")

    init(seed: UInt64, _ settings: Settings, faults: [Fault] = []) {
        self.settings = settings
        self.random = SeededRandom(seed: seed)
        for index in 0..<settings.members {
            let clock = Double(index) * 1_000 + self.random.unit()
            self.nodes.append(Node(self.machine(index, clock: clock), clock: clock))
            self.run(index, after: 0.01 * Double(index)) { self.tick(index) }
        }
        for (client, load) in settings.clients.enumerated() {
            for _ in 0..<load.count { self.after(self.random.unit() * 3) { self.issue(client, load.member) } }
        }
        for fault in faults { self.after(fault.at) { self.begin(fault) } }
    }

    private func machine(_ index: Int, clock: Double, memory: ClusterMachine.Memory = .init()) -> ClusterMachine {
        let id = MemberID((self.random.next() & ~0xFF) | UInt64(index))
        let identity = MemberIdentity(id: id, name: "m\(index)", address: "m\(index)", hasBeenLed: false)
        return ClusterMachine(identity, self.settings.options, memory: memory, now: self.instant(self.now + clock))
    }

    private func index(of id: MemberID) -> Int { Int(id.number & 0xFF) }
    private func instant(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }
    private func time(_ index: Int) -> Instant { self.instant(self.now + self.nodes[index].clock) }
    private func isAlive(_ id: MemberID) -> Bool {
        let node = self.nodes[self.index(of: id)]
        return node.isUp && node.machine.me.id == id
    }

    // MARK: - Time

    private func after(_ delay: Double, _ run: @escaping () -> Void) {
        self.order += 1
        var child = self.events.count
        self.events.append((self.now + delay, self.order, run))
        while child > 0 {
            let parent = (child - 1) / 2
            guard
                (self.events[child].at, self.events[child].order) < (self.events[parent].at, self.events[parent].order)
            else { break }
            self.events.swapAt(child, parent)
            child = parent
        }
    }

    private func popEvent() -> (at: Double, order: Int, run: () -> Void) {
        let first = self.events[0]
        let last = self.events.removeLast()
        guard !self.events.isEmpty else { return first }
        self.events[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.events.count {
                if (self.events[child].at, self.events[child].order) < (self.events[least].at, self.events[least].order)
                {
                    least = child
                }
            }
            guard least != parent else { return first }
            self.events.swapAt(parent, least)
            parent = least
        }
    }

    /// Runs something in a member: later if it hangs, never if it has crashed.
    private func run(_ index: Int, after delay: Double, _ body: @escaping () -> Void) {
        let node = self.nodes[index]
        let life = node.life
        self.after(delay) { self.now(index, life, body) }
    }

    private func now(_ index: Int, _ life: Int, _ body: @escaping () -> Void) {
        let node = self.nodes[index]
        guard node.life == life, node.isUp else { return }
        if node.isHung { node.parked.append(body) } else { body() }
    }

    func simulate() -> Result {
        while let next = self.events.first, next.at < self.settings.seconds {
            let event = self.popEvent()
            self.now = event.at
            event.run()
        }
        self.now = self.settings.seconds
        self.account()
        let span = self.settings.seconds - 30
        self.result.utilization = self.busy / (Double(self.settings.limit) * span)
        let values = self.service.keys.sorted().map { self.service[$0] ?? 0 }
        let sum = values.reduce(0, +)
        self.result.jain = sum * sum / (Double(values.count) * values.reduce(0) { $0 + $1 * $1 })
        self.result.heavyShare = (self.service[0] ?? 0) / (sum / Double(max(1, values.count)))
        return self.result
    }

    private func account() {
        let length = self.now - self.last
        let over = self.active.count - self.settings.limit
        if over > 0 { self.result.overSeconds += Double(over) * length }
        if self.now > 30 {
            self.busy += Double(min(self.active.count, self.settings.limit)) * min(length, self.now - 30)
        }
        self.last = self.now
    }

    // MARK: - Clients and the backend

    private func issue(_ client: Int, _ pin: Int?) {
        let ready = self.nodes.indices.filter { self.nodes[$0].isUp && !self.nodes[$0].isStopped }
        guard !ready.isEmpty else { return self.after(1) { self.issue(client, pin) } }
        let index = if let pin, ready.contains(pin) { pin } else { ready[self.random.number(below: ready.count)] }
        self.nextID += 1
        let request = Request(
            id: self.nextID,
            client: client,
            pin: pin,
            member: index,
            life: self.nodes[index].life,
            issued: self.now
        )
        self.all[request.id] = request
        self.run(index, after: 0) { self.arrive(request, at: index) }
    }

    private func start(_ request: Request, at index: Int) {
        guard request.state == .waiting, request.life == self.nodes[index].life else { return }
        request.state = .active
        request.started = self.now
        self.nodes[index].waiting[request.id] = nil
        self.nodes[index].held[request.id] = request
        self.account()
        self.active[request.id] = request
        self.result.peak = max(self.result.peak, self.active.count)
        let sigma = 0.8
        let normal = (-2 * log(1 - self.random.unit())).squareRoot() * cos(2 * .pi * self.random.unit())
        let length = min(exp(sigma * normal) * self.settings.meanService / 1.377, 60)
        self.after(length) { self.finish(request) }
    }

    private func finish(_ request: Request) {
        guard self.active[request.id] != nil else { return }
        self.account()
        self.active[request.id] = nil
        self.all[request.id] = nil
        request.state = .ended
        if self.now > 30 { self.service[request.client, default: 0] += self.now - max(30, request.started) }
        self.result.done += 1
        self.run(request.member, after: 0) {
            self.ended(request, at: request.member)
            self.after(0) { self.issue(request.client, request.pin) }
        }
    }

    // MARK: - A member

    private func tick(_ index: Int) {
        self.act(index, self.nodes[index].machine.tick(now: self.time(index)))
        self.lookForDead(index)
        self.work(index)
        self.run(index, after: 0.2) { self.tick(index) }
    }

    /// What a link finds when it tries to connect: a process that has ended refuses.
    private func lookForDead(_ index: Int) {
        let node = self.nodes[index]
        for id in node.machine.knownMembers where !self.isAlive(id) {
            let other = self.index(of: id)
            guard !self.isCut(index, other), !self.isCut(other, index) else { continue }
            self.act(index, node.machine.refused(id, now: self.time(index)))
        }
    }

    private func arrive(_ request: Request, at index: Int) {
        let node = self.nodes[index]
        node.waiting[request.id] = request
        if let leader = node.machine.leader {
            self.send(.arrive(request, session: leader.session), from: index, to: self.index(of: leader.member))
        }
        self.work(index)
    }

    private func ended(_ request: Request, at index: Int) {
        let node = self.nodes[index]
        node.held[request.id] = nil
        if let leader = node.machine.leader {
            self.send(.ended(request, session: leader.session), from: index, to: self.index(of: leader.member))
        }
        self.work(index)
    }

    /// Starts what may be started without a coordinator, and grants if this is the coordinator.
    private func work(_ index: Int) {
        let node = self.nodes[index]
        node.waiting = node.waiting.filter { $0.value.state == .waiting }
        let limit = self.settings.limit
        let most: Int
        switch node.machine.currentAllowance(now: self.time(index)) {
        case .nothing, .granted: most = 0
        case .replacement(let layout): most = min(layout.share(of: node.machine.me.id, in: limit), node.heldAtLoss)
        case .share(let layout): most = layout.share(of: node.machine.me.id, in: limit)
        }
        while node.held.count < most, let next = node.waiting.values.min(by: { $0.issued < $1.issued }) {
            self.start(next, at: index)
        }
        self.grant(index)
    }

    private func grant(_ index: Int) {
        let node = self.nodes[index]
        while let queue = node.queue, node.machine.mayGrant(now: self.time(index)) {
            let active = queue.active
            let room = node.machine.room(in: self.settings.limit, at: Self.place, now: self.time(index)) { id in
                active.values.count { $0.member == self.index(of: id) }
            }
            guard room > 0, let request = node.queue?.pop() else { return }
            guard let session = node.machine.session(of: self.nodes[request.member].machine.me.id) else { continue }
            node.queue?.active[request.id] = (request, request.member)
            self.send(.start(request, session: session), from: index, to: request.member)
        }
    }

    private func act(_ index: Int, _ actions: [ClusterAction]) {
        let node = self.nodes[index]
        for action in actions {
            switch action {
            case .ask(let question): self.ask(index, question)
            case .send(let message, let id): self.send(.control(message), from: index, to: self.index(of: id))
            case .register(let term, let session, let layout, let id):
                let registration = Registration(
                    term: term,
                    session: session,
                    held: node.held.isEmpty ? [:] : [Self.place: node.held.count],
                    layout: layout
                )
                self.send(.register(registration, held: Array(node.held.values)), from: index, to: self.index(of: id))
            case .sendWaiting(let session, let id):
                let waiting = node.waiting.values.filter { $0.state == .waiting }.sorted { $0.id < $1.id }
                for request in waiting {
                    self.send(.arrive(request, session: session), from: index, to: self.index(of: id))
                }
            case .silent(let id):
                let member = self.index(of: id)
                for client in node.queue?.waiting.keys.sorted() ?? [] {
                    node.queue?.waiting[client]?.removeAll { $0.member == member }
                }
            case .allow(let allowance):
                switch (node.allowance, allowance) {
                case (.replacement, .replacement), (.replacement, .share), (.share, _): break
                default: node.heldAtLoss = node.held.count
                }
                node.allowance = allowance
            case .takeOffice:
                node.queue = FairQueue(mean: self.settings.meanService)
            case .leaveOffice: node.queue = nil
            case .registered: break
            case .free(let id): node.queue?.drop(member: self.index(of: id))
            case .forget(let id):
                let member = self.index(of: id)
                let left = node.queue?.active.filter { $0.value.member != member } ?? [:]
                node.queue?.active = left
            case .grant: break
            }
        }
    }

    private func receive(_ wire: Wire, at index: Int, from sender: MemberIdentity) {
        let node = self.nodes[index]
        let member = self.index(of: sender.id)
        let time = self.time(index)
        switch wire {
        case .control(let message): self.act(index, node.machine.receive(message, from: sender, now: time))
        case .register(let registration, let held):
            let actions = node.machine.receive(.register(registration), from: sender, now: time)
            self.act(index, actions)
            if actions.contains(.registered(sender.id, registration)) {
                node.queue?.drop(member: member)
                for request in held { node.queue?.active[request.id] = (request, member) }
            }
        case .arrive(let request, let session):
            if node.machine.isCurrent(session, of: sender.id) { node.queue?.push(request) }
        case .ended(let request, let session):
            if node.machine.isCurrent(session, of: sender.id) {
                if node.queue?.active.removeValue(forKey: request.id) != nil {
                    node.queue?.settle(request, used: self.now - request.started)
                }
            }
        case .start(let request, let session):
            if node.machine.mayStart(session: session, now: time) {
                if request.state == .waiting { self.start(request, at: index) } else { self.ended(request, at: index) }
            } else {
                self.act(index, node.machine.refuseGrant(session: session, now: time))
            }
        }
        self.work(index)
    }

    // MARK: - Links

    private func key(_ from: Int, _ to: Int) -> Int { (from + 1) * 100 + to + 1 }
    private func isCut(_ from: Int, _ to: Int) -> Bool { self.cuts.contains(self.key(from, to)) }

    private func send(_ wire: Wire, from: Int, to: Int) {
        let sender = self.nodes[from].machine.me
        let life = self.nodes[to].life
        self.carry(from, to) { [self] in self.now(to, life) { self.receive(wire, at: to, from: sender) } }
    }

    /// In order; what is under way while a link is cut comes after that, or never.
    private func carry(_ from: Int, _ to: Int, _ deliver: @escaping () -> Void) {
        let key = self.key(from, to)
        if self.cuts.contains(key) { return self.held[key, default: []].append(deliver) }
        let delay = from == to ? 0 : 0.0005 + self.random.unit() * 0.001
        let due = max(self.now + delay, (self.delivered[key] ?? 0) + 1e-9)
        self.delivered[key] = due
        self.after(due - self.now) {
            if self.cuts.contains(key) { self.held[key, default: []].append(deliver) } else { deliver() }
        }
    }

    private func cut(_ from: Int, _ to: Int) { self.cuts.insert(self.key(from, to)) }

    private func heal(_ from: Int, _ to: Int) {
        let key = self.key(from, to)
        guard self.cuts.remove(key) != nil else { return }
        let waiting = self.held.removeValue(forKey: key) ?? []
        if self.random.unit() < 0.5 || from < 0 || to < 0 {
            for deliver in waiting { self.carry(from, to, deliver) }
        } else {
            self.reset(from, to)
            self.reset(to, from)
        }
    }

    /// The connection has been closed in between.
    private func reset(_ index: Int, _ other: Int) {
        let id = self.nodes[other].machine.me.id
        self.run(index, after: 0) {
            self.act(index, self.nodes[index].machine.linkClosed(id, now: self.time(index)))
        }
    }

    // MARK: - The store

    private func ask(_ index: Int, _ question: StoreQuestion) {
        self.carry(index, -1) { [self] in
            guard self.storeIsUp else { return }
            let reading = self.answer(question)
            let life = self.nodes[index].life
            self.carry(-1, index) {
                self.now(index, life) {
                    self.act(
                        index,
                        self.nodes[index].machine.storeAnswered(question, reading, now: self.time(index))
                    )
                    self.work(index)
                }
            }
        }
    }

    private func answer(_ question: StoreQuestion) -> StoreReading {
        let lease = Double(self.settings.options.lease.count) / 1e9
        for id in question.dead {
            self.entries[id] = nil
            if self.office?.member.id == id { self.office = nil }
        }
        let forget = Double(self.settings.options.forget.count) / 1e9
        self.entries[question.member.id] = (question.member, self.now + forget)
        self.entries = self.entries.filter { $0.value.until > self.now }
        if let office = self.office, office.until <= self.now { self.office = nil }
        let isMine = self.office?.member.id == question.member.id
        switch question.office {
        case .look: break
        case .resign: if isMine { self.office = nil }
        case .take(let after):
            if self.office == nil || isMine {
                self.storeTerm = max(self.storeTerm, after.number) + 1
                self.office = (question.member, Term(self.storeTerm), self.now + lease)
            }
        case .renew(let term):
            if isMine, self.office?.term == term {
                self.office?.until = self.now + lease
            } else if self.office == nil, self.storeTerm <= term.number {
                self.storeTerm = term.number
                self.office = (question.member, term, self.now + lease)
            }
        }
        let members = self.entries.keys.sorted().compactMap { self.entries[$0]?.identity }
        return StoreReading(holder: self.office.map { ($0.member, $0.term) }, members: members)
    }

    // MARK: - Faults

    private func begin(_ fault: Fault) {
        let coordinator = self.nodes.indices.first { self.nodes[$0].queue != nil } ?? 0
        let index = fault.member ?? coordinator
        let node = self.nodes[index]
        let others = self.nodes.indices.filter { $0 != index }
        switch fault.kind {
        case .crash, .stop:
            guard node.isUp else { return }
            if fault.kind == .stop, !node.isHung {
                self.act(index, node.machine.stop(now: self.time(index)))
                node.isStopped = true
                self.run(index, after: 20) { self.crash(index, for: fault.length) }
            } else {
                self.crash(index, for: fault.length)
            }
        case .hang:
            node.isHung = true
            self.after(fault.length) {
                guard node.isHung else { return }
                node.isHung = false
                let parked = node.parked
                node.parked = []
                let life = node.life
                for body in parked { self.after(0) { self.now(index, life, body) } }
            }
        case .cut, .cutOneWay, .cutFromStore:
            let ends = (fault.kind == .cutFromStore ? [] : others) + (fault.kind == .cutOneWay ? [] : [-1])
            for other in ends {
                self.cut(index, other)
                if fault.kind != .cutOneWay { self.cut(other, index) }
            }
            self.after(fault.length) {
                for other in ends {
                    self.heal(index, other)
                    self.heal(other, index)
                }
            }
        case .store, .storeForgets:
            self.storeIsUp = false
            if fault.kind == .storeForgets { (self.office, self.entries, self.storeTerm) = (nil, [:], 0) }
            self.after(fault.length) { self.storeIsUp = true }
        }
    }

    private func crash(_ index: Int, for length: Double) {
        let node = self.nodes[index]
        guard node.isUp else { return }
        self.account()
        let lost = self.all.values.filter { $0.member == index && $0.life == node.life }.sorted { $0.id < $1.id }
        node.life += 1
        (node.isUp, node.isHung, node.isStopped, node.parked, node.queue) = (false, false, false, [], nil)
        (node.held, node.waiting, node.allowance, node.heldAtLoss) = ([:], [:], .nothing, 0)
        for request in lost {
            self.all[request.id] = nil
            self.active[request.id] = nil
            request.state = .ended
            self.after(0.05) { self.issue(request.client, request.pin) }
        }
        self.after(length) {
            node.isUp = true
            let memory = self.settings.keepsMemory ? node.machine.memory : .init()
            node.machine = self.machine(index, clock: node.clock, memory: memory)
            self.run(index, after: 0.1) { self.tick(index) }
        }
    }
}
