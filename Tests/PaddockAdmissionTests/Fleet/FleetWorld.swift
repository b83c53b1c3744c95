// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting

@testable import PaddockAdmission

/// Throws random events of clients, backends and operators at the machine, and checks after each one what must always hold.
///
/// What it knows it knows from the answers, and not from the machine: who waits, who holds a slot where, and what hosts have loaded.
struct FleetWorld {
    private struct Request {
        let arriving: ArrivingRequest
        let number: Int
    }

    /// The state of a backend that an event may not contradict.
    private struct Before {
        var plan: FleetBackend.Plan?
        var residents: [Resident]
    }

    private var random: SeededRandom
    private(set) var machine: AdmissionStateMachine<Int>
    private var now = Instant(nanoseconds: 1_000_000_000)
    private let models: [ModelName]
    private let clients: [Client]
    private var policy: AdmissionPolicy
    private var limits: Limits
    private var requests: [Int: Request] = [:]
    private var waiting: [Int: Ticket] = [:]
    private var active: [Int: Slot] = [:]
    /// What each host really has loaded.
    private var hosts: [Set<ModelName>] = []
    private var isOpen: [Bool] = []
    private var unloads: [(model: ModelName, backend: BackendIndex)] = []
    private var loads: [(model: ModelName, backend: BackendIndex)] = []
    private var nextDeadline: Instant?
    private var before: [Before] = []
    private var started: [(request: Int, backend: BackendIndex)] = []
    /// Whether the event drops plans, so that the same one afterwards is a new one.
    private var dropsPlans = false
    private(set) var complaints: [String] = []
    private(set) var starts = 0
    private(set) var swaps = 0

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        self.models =
            (0..<Int.random(in: 2...5, using: &random)).compactMap { ModelName("m\($0)") } + ["big:cloud"]
        self.clients = (0..<Int.random(in: 1...5, using: &random)).map {
            Client(name: "client-\($0)", weight: [1, 1, 2, 0.5].randomElement(using: &random) ?? 1)
        }
        self.limits = Limits(
            parallel: Int.random(in: 1...3, using: &random),
            queue: Int.random(in: 4...30, using: &random)
        )
        self.policy = Self.policy(self.models, backends: 2, using: &random)
        let backends = Int.random(in: 1...3, using: &random)
        var options = AdmissionOptions(limits: self.limits, backendCount: backends)
        options.policy = self.policy
        for backend in 0..<backends {
            options.memory[BackendIndex(backend)] = Self.memory(using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 { options.backendSlots[BackendIndex(backend)] = 3 }
        }
        self.machine = AdmissionStateMachine(options, now: self.now)
        self.random = random
        for _ in 0..<backends {
            self.hosts.append([])
            self.isOpen.append(true)
        }
    }

    private static func memory(using random: inout SeededRandom) -> MemoryFit {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: MemoryFit(maxLoaded: 1)
        case 1: MemoryFit(maxLoaded: 2)
        case 2: MemoryFit(memory: 5 << 30)
        default: MemoryFit()
        }
    }

    private static func policy(_ models: [ModelName], backends: Int, using random: inout SeededRandom)
        -> AdmissionPolicy
    {
        var policy = AdmissionPolicy()
        policy.isFair = Int.random(in: 0..<4, using: &random) > 0
        policy.fairnessBy = Bool.random(using: &random) ? .tokens : .time
        policy.batchSlots = [nil, nil, 1].randomElement(using: &random) ?? nil
        policy.fleet.isOn = Int.random(in: 0..<8, using: &random) > 0
        policy.fleet.usesBreakers = false
        policy.fleet.learnsParallel = Bool.random(using: &random)
        policy.fleet.unloads = Int.random(in: 0..<5, using: &random) > 0
        policy.fleet.slack = [0, 1, 8].randomElement(using: &random) ?? 8
        policy.fleet.visit = [1, 3, 6].randomElement(using: &random) ?? 6
        policy.fleet.patience = [0, 0.5, 1].randomElement(using: &random) ?? 0.5
        policy.fleet.spill = [nil, 0.5, 1].randomElement(using: &random) ?? nil
        policy.fleet.cloudParallel = Int.random(in: 1...3, using: &random)
        for model in models where Int.random(in: 0..<6, using: &random) == 0 {
            let backend = BackendIndex(Int.random(in: 0..<backends, using: &random))
            policy.fleet.placements[model] = PlacementRule(
                backends: Bool.random(using: &random) ? [backend] : nil,
                isPinned: Int.random(in: 0..<3, using: &random) == 0
            )
        }
        return policy
    }

    // MARK: - Events

    /// One random event at a random later time.
    mutating func step(_ number: Int) {
        self.wait()
        if let deadline = self.nextDeadline, deadline <= self.now, self.isLikely(4, in: 5) { self.timer() }
        let isRush = number / 40 % 2 == 0
        switch Int.random(in: 0..<100, using: &self.random) {
        case 0..<(isRush ? 45 : 15): self.arrive()
        case 45..<65: self.finish()
        case 15..<25: self.firstByte()
        case 65..<72: self.replyToUnload()
        case 72..<80: self.list()
        case 80..<82: self.silent()
        case 82..<84: self.install()
        case 84..<87: self.refuse()
        case 87..<89: self.unreachable()
        case 89..<91: self.health()
        case 91..<94: self.cancel()
        case 94..<96: self.comeOrGo()
        case 96: self.reconfigure()
        case 97: self.replyToLoad()
        case 98: self.limit()
        default: self.timer()
        }
    }

    /// Time passes: mostly little, sometimes hours, and now and then an event comes with an older time.
    private mutating func wait() {
        switch Int.random(in: 0..<40, using: &self.random) {
        case 0: self.now = self.now + .seconds(7_200)
        case 1: self.now = Instant(nanoseconds: max(0, self.now.nanoseconds - 3_000_000_000))
        default: self.now = self.now + .milliseconds(Int.random(in: 0...3_000, using: &self.random))
        }
    }

    private mutating func arrive() {
        let number = self.requests.count
        var model = self.models.randomElement(using: &self.random) ?? self.models[0]
        if self.isLikely(1, in: 30) { model = "nobody-has-it" }
        let isStated = self.isLikely(1, in: 6)
        let timeout = Nanoseconds.seconds(Int.random(in: 1...60, using: &self.random))
        var arriving = ArrivingRequest(
            id: String(number),
            model: model,
            client: self.clients.randomElement(using: &self.random) ?? self.clients[0],
            deadline: isStated || self.isLikely(1, in: 3) ? self.now + timeout : .distantFuture
        )
        arriving.isDeadlineStated = isStated
        arriving.expectsStream = Bool.random(using: &self.random)
        arriving.requestClass = self.isLikely(1, in: 4) ? .batch : .interactive
        if self.isLikely(1, in: 3) {
            arriving.options[.contextLength] = Int32(Int.random(in: 1...4, using: &self.random) * 1_024)
        }
        self.requests[number] = Request(arriving: arriving, number: number)
        self.run("arrive \(number) \(model)") { world, actions in
            switch world.machine.arrive(arriving, waiter: number, now: world.now, &actions) {
            case .start(let slot): world.begin(number, slot)
            case .queued(let ticket, _, _): world.waiting[number] = ticket
            case .rejected: break
            }
        }
    }

    private mutating func randomActive() -> Int? { self.active.keys.sorted().randomElement(using: &self.random) }

    private mutating func finish() { if let request = self.randomActive() { self.finish(request) } }

    private mutating func finish(_ request: Int, isGood: Bool = false) {
        guard let slot = self.active.removeValue(forKey: request) else { return }
        var progress = ReplyProgress()
        let endings: [(Ending, Int)] = [
            (.completed, 200), (.completed, 200), (.completed, 404), (.completed, 500), (.failed, 0), (.timedOut, 0),
            (.cancelled, 0),
        ]
        let (ending, status) = isGood ? endings[0] : endings.randomElement(using: &self.random) ?? endings[0]
        progress.status = status
        progress.isStream = self.requests[request]?.arriving.expectsStream ?? false
        if self.isLikely(3, in: 4) {
            let counts: Int32 = [0, 1, 40, 500, 30_000].randomElement(using: &self.random) ?? 0
            progress.tokens = TokenCounts(prompt: counts, answer: counts)
        }
        if status == 200, self.isLikely(3, in: 4) { progress.firstByte = max(slot.started, self.machine.now) }
        self.run("finish \(request)") { world, actions in
            _ = world.machine.finish(slot, ending, progress, now: world.now, &actions)
        }
    }

    private mutating func firstByte() {
        guard let request = self.randomActive(), let slot = self.active[request] else { return }
        self.run("first byte \(request)") { world, actions in
            world.machine.answered(slot, isStream: true, now: world.now, &actions)
        }
    }

    private mutating func replyToUnload() {
        guard let index = self.unloads.indices.randomElement(using: &self.random) else { return }
        let (model, backend) = self.unloads.remove(at: index)
        if self.isLikely(4, in: 5) { self.hosts[backend.value].remove(model) }
        self.run("unloaded \(model) \(backend)") { world, actions in
            world.machine.unloaded(model, on: backend, now: world.now, &actions)
        }
    }

    private mutating func replyToLoad() {
        guard let index = self.loads.indices.randomElement(using: &self.random) else { return }
        let (model, backend) = self.loads.remove(at: index)
        let isGood = self.isLikely(2, in: 3)
        if isGood { self.hosts[backend.value].insert(model) }
        self.run("preloaded \(model) \(backend)") { world, actions in
            world.machine.preloaded(model, on: backend, succeeded: isGood, now: world.now, &actions)
        }
    }

    private mutating func randomBackend() -> BackendIndex {
        BackendIndex(Int.random(in: 0..<self.hosts.count, using: &self.random))
    }

    private mutating func list() {
        let backend = self.randomBackend()
        var list = Array(self.hosts[backend.value])
        switch Int.random(in: 0..<8, using: &self.random) {
        case 0: list = []
        case 1: list = self.models.filter { _ in self.isLikely(1, in: 2) }
        case 2: list += (0..<1_000).compactMap { ModelName("foreign-\($0)") }
        default: break
        }
        self.list(list, on: backend, before: .milliseconds(Int.random(in: 0...4_000, using: &self.random)))
    }

    private mutating func list(_ list: [ModelName], on backend: BackendIndex, before: Nanoseconds) {
        let expiry: Instant? = self.isLikely(1, in: 4) ? self.now + .seconds(20) : nil
        let loaded = list.sorted().map { LoadedModel(name: $0, bytes: 2 << 30, expiresAt: expiry) }
        let asked = Instant(nanoseconds: max(0, self.machine.now.nanoseconds - before.count))
        self.run("list of \(backend)") { world, actions in
            world.machine.observe(loaded, on: backend, asked: asked, now: world.now, &actions)
        }
    }

    private mutating func silent() {
        let backend = self.randomBackend()
        self.run("silent \(backend)") { world, actions in
            world.machine.observationFailed(on: backend, now: world.now, &actions)
        }
    }

    private mutating func install() {
        let backend = self.randomBackend()
        let names = self.isLikely(2, in: 3) ? self.models : self.models.filter { _ in self.isLikely(1, in: 2) }
        self.install(names, on: backend)
    }

    private mutating func install(_ names: [ModelName], on backend: BackendIndex) {
        let sizes = Dictionary(uniqueKeysWithValues: names.map { ($0, Int64(2) << 30) })
        self.run("install on \(backend)") { world, actions in
            world.machine.setInstalled(sizes, on: backend, now: world.now, &actions)
        }
    }

    private mutating func note(_ request: Int, _ answer: Reassignment) {
        switch answer {
        case .start(let slot): self.begin(request, slot)
        case .queued(let ticket): self.waiting[request] = ticket
        case .rejected, .noBackend: break
        }
    }

    private mutating func refuse() {
        guard let request = self.randomActive(), let slot = self.active[request] else { return }
        var isTaken = false
        self.run("refused \(request)") { world, actions in
            isTaken = world.machine.refused(slot, retryAfter: nil, now: world.now, &actions)
        }
        guard isTaken else { return }
        self.run("reassign \(request)") { world, actions in
            world.active[request] = nil
            world.note(request, world.machine.reassign(slot, now: world.now, &actions))
        }
    }

    private mutating func unreachable() {
        self.dropsPlans = true
        defer { self.dropsPlans = false }
        guard let request = self.randomActive(), let slot = self.active[request] else { return }
        self.hosts[slot.backend.value] = []
        self.run("unreachable \(request)") { world, actions in
            world.active[request] = nil
            world.note(request, world.machine.backendUnreachable(slot, now: world.now, &actions))
        }
    }

    private mutating func health() {
        let (backend, isHealthy) = (self.randomBackend(), self.isLikely(2, in: 3))
        self.setHealth(backend, isHealthy)
    }

    private mutating func setHealth(_ backend: BackendIndex, _ isHealthy: Bool) {
        self.dropsPlans = true
        defer { self.dropsPlans = false }
        self.run("health of \(backend) \(isHealthy)") { world, actions in
            world.machine.setBackend(backend, healthy: isHealthy, isCertain: true, now: world.now, &actions)
        }
    }

    private mutating func cancel() {
        guard let request = self.waiting.keys.sorted().randomElement(using: &self.random),
            let ticket = self.waiting[request]
        else { return }
        self.run("cancel \(request)") { world, actions in
            if world.machine.cancel(ticket, now: world.now, &actions) == request { world.waiting[request] = nil }
        }
    }

    private mutating func comeOrGo() {
        self.dropsPlans = true
        defer { self.dropsPlans = false }
        if self.hosts.count < 4, self.isLikely(1, in: 3) {
            var traits = BackendTraits()
            traits.memory = Self.memory(using: &self.random)
            if self.isLikely(1, in: 3) { traits.slots = 2 }
            self.hosts.append([])
            self.isOpen.append(false)
            self.run("add") { world, actions in
                _ = world.machine.addBackend(traits, now: world.now, &actions)
            }
            return
        }
        let backend = self.randomBackend()
        if self.isOpen[backend.value] {
            let isRemoved = Bool.random(using: &self.random)
            // What time alone brings comes first, and may start requests there.
            self.run("time") { $0.machine.deadlineReached(now: $0.now, &$1) }
            self.run("close \(backend)") { world, actions in
                if world.machine.closeBackend(backend, isRemoved: isRemoved, now: world.now, &actions) {
                    world.isOpen[backend.value] = false
                }
            }
        } else {
            self.open(backend)
        }
    }

    private mutating func open(_ backend: BackendIndex) {
        self.run("open \(backend)") { world, actions in
            world.isOpen[backend.value] = true
            world.machine.openBackend(backend, now: world.now, &actions)
        }
    }

    private mutating func reconfigure() {
        self.apply(Self.policy(self.models, backends: self.hosts.count, using: &self.random))
    }

    private mutating func apply(_ policy: AdmissionPolicy) {
        self.policy = policy
        let limits = self.limits
        self.run("reconfigure") { world, actions in
            world.machine.reconfigure(defaults: limits, policy: policy, named: [:], now: world.now, &actions)
        }
    }

    private mutating func limit() {
        let model = self.models.randomElement(using: &self.random) ?? self.models[0]
        let parallel = Int.random(in: 1...3, using: &self.random)
        self.run("limit \(model)") { world, actions in
            _ = world.machine.updateLimits(
                model: model,
                to: LimitOverrides(parallel: parallel, queue: nil),
                now: world.now,
                &actions
            )
        }
    }

    private mutating func timer() {
        self.nextDeadline = nil
        self.run("timer") { world, actions in
            world.machine.deadlineReached(now: world.now, &actions)
        }
        if let next = self.nextDeadline, next <= self.machine.now { self.complain("the timer would fire for ever") }
    }

    private mutating func isLikely(_ chances: Int, in outOf: Int) -> Bool {
        Int.random(in: 0..<outOf, using: &self.random) < chances
    }

    // MARK: - The end

    /// From now on everybody is well behaved: what is active ends, hosts tell the truth, nobody arrives. Everything has to end.
    mutating func finishAll() {
        var policy = self.policy
        policy.fleet.isOn = true
        for model in policy.fleet.placements.keys { policy.fleet.placements[model]?.isPinned = false }
        self.apply(policy)
        for backend in self.hosts.indices.map({ BackendIndex($0) }) {
            self.setHealth(backend, true)
            self.open(backend)
            self.install(self.models, on: backend)
        }
        for _ in 0..<2_000 where self.complaints.isEmpty {
            if self.active.isEmpty, self.waiting.isEmpty, self.unloads.isEmpty, self.loads.isEmpty { break }
            self.now = self.machine.now + .seconds(2)
            while !self.unloads.isEmpty {
                let (model, backend) = self.unloads.removeFirst()
                self.hosts[backend.value].remove(model)
                self.run("unloaded \(model)") { world, actions in
                    world.machine.unloaded(model, on: backend, now: world.now, &actions)
                }
            }
            while !self.loads.isEmpty {
                let (model, backend) = self.loads.removeFirst()
                self.run("preloaded \(model)") { world, actions in
                    world.machine.preloaded(model, on: backend, succeeded: true, now: world.now, &actions)
                }
            }
            for backend in self.hosts.indices {
                self.list(Array(self.hosts[backend]), on: BackendIndex(backend), before: .nanoseconds(1))
            }
            if let deadline = self.nextDeadline, deadline <= self.now { self.timer() }
            for request in self.active.keys.sorted() { self.finish(request, isGood: true) }
        }
        guard self.complaints.isEmpty else { return }
        self.now = self.machine.now + .seconds(2)
        for backend in self.hosts.indices {
            self.list(Array(self.hosts[backend]), on: BackendIndex(backend), before: .nanoseconds(1))
        }
        self.checkEnd()
    }

    private mutating func checkEnd() {
        if !self.waiting.isEmpty { self.complain("still waiting: \(self.waiting.keys.sorted())") }
        if !self.active.isEmpty { self.complain("still active: \(self.active.keys.sorted())") }
        let fleet = self.machine.fleet
        if !fleet.runners.waiting.isEmpty { self.complain("runners wait") }
        if fleet.slots.totalActive != 0 || fleet.cloudActive != 0 { self.complain("slots are taken") }
        let busyCount = fleet.ledger.accounts.busyCount
        if busyCount != 0 { self.complain("\(busyCount) accounts have requests") }
        for (index, backend) in fleet.backends.enumerated() {
            if backend.plan != nil { self.complain("\(index) has a plan") }
            if backend.isOnTrial { self.complain("\(index) is on trial") }
            if backend.isLoading { self.complain("\(index) loads") }
            if backend.isUnloading { self.complain("\(index) unloads") }
            if backend.residents.count > 2 * LoadedModel.most { self.complain("\(index) lists too many") }
        }
    }

    // MARK: - What must hold

    private mutating func complain(_ text: String) { self.complaints.append(text) }

    private mutating func begin(_ request: Int, _ slot: Slot) {
        self.starts += 1
        self.active[request] = slot
        self.started.append((request, slot.backend))
        if let model = self.requests[request]?.arriving.model, self.models.contains(model), !model.isRemote {
            self.hosts[slot.backend.value].insert(model)
        }
    }

    private mutating func run(
        _ what: String,
        _ event: (inout FleetWorld, inout AdmissionActions<Int>) -> Void
    ) {
        guard self.complaints.isEmpty else { return }
        self.before = self.machine.fleet.backends.map { Before(plan: $0.plan, residents: $0.residents) }
        let wasActive = self.active
        self.started = []
        var actions = AdmissionActions<Int>()
        event(&self, &actions)
        if let deadline = actions.nextDeadline { self.nextDeadline = deadline }
        var answers: [(Int, WaiterAnswer)] = []
        actions.forEachAnswer { answers.append(($0, $1)) }
        for (request, answer) in answers {
            if case .cancel = answer { continue }
            if self.waiting.removeValue(forKey: request) == nil { self.complain("\(request) was told twice") }
            if case .start(let slot) = answer { self.begin(request, slot) }
        }
        for command in actions.commands { self.note(command) }
        self.check(wasActive: wasActive)
        if !self.complaints.isEmpty { self.complaints.append("after: \(what)") }
    }

    private mutating func note(_ command: BackendCommand) {
        switch command {
        case .unload(let model, let backend):
            self.swaps += 1
            if self.count(of: model, on: backend) > 0 { self.complain("\(model) is unloaded while it is used") }
            if self.waiting.isEmpty, !self.policy.fleet.placements.values.contains(where: \.isPinned) {
                self.complain("\(model) is unloaded for nobody")
            }
            self.unloads.append((model, backend))
        case .load(let model, let backend): self.loads.append((model, backend))
        case .look: break
        }
    }

    private func count(of model: ModelName, on backend: BackendIndex) -> Int {
        self.active.reduce(0) {
            $0 + ($1.value.backend == backend && self.requests[$1.key]?.arriving.model == model ? 1 : 0)
        }
    }

    private mutating func check(wasActive: [Int: Slot]) {
        let fleet = self.machine.fleet
        self.checkStarts()
        for (index, backend) in fleet.backends.enumerated() {
            if backend.residents.count(where: { $0.isLoading }) > 1 { self.complain("two loads on \(index)") }
            if Set(backend.residents.map(\.name)).count < backend.residents.count { self.complain("twice there") }
            self.checkVisits(BackendIndex(index))
        }
        if Set(fleet.runners.waiting).count != fleet.runners.waiting.count { self.complain("a runner waits twice") }
        let waiters = fleet.runners.waiting.reduce(0) { $0 + fleet[$1].waiters.count }
        if waiters != self.waiting.count { self.complain("\(waiters) wait and not \(self.waiting.count)") }
        if fleet.slots.totalActive != self.active.count { self.complain("\(fleet.slots.totalActive) are active") }
        for request in self.waiting.keys where self.complaints.isEmpty { self.checkWaiter(request) }
    }

    /// Nobody starts on what is being pushed out, on a backend that is closed, or where its model may not be.
    private mutating func checkStarts() {
        for (request, backend) in self.started where self.active[request] != nil {
            guard let model = self.requests[request]?.arriving.model else { continue }
            if !self.isOpen[backend.value] { self.complain("\(request) started on a closed backend") }
            if let allowed = self.policy.fleet.placements[model]?.backends, !allowed.contains(backend) {
                self.complain("\(request) started where it may not")
            }
            // What no backend says that it has is sent on, so that the backend says so.
            let fleet = self.machine.fleet
            let isInstalled = fleet.model(named: model).map { fleet.isInstalledAnywhere($0) } ?? false
            guard self.policy.fleet.isOn, backend.value < self.before.count, isInstalled, !model.isRemote else {
                continue
            }
            let (before, state) = (self.before[backend.value], self.machine.fleet.backends[backend.value])
            if !self.dropsPlans, let plan = before.plan, let now = state.plan, plan.target == now.target,
                plan.victims == now.victims,
                plan.victims.contains(model)
            {
                self.complain("\(request) started on a victim")
            }
            // Without an answer to what is loaded, all is as good as loaded.
            guard state.isObserved else { continue }
            let isLeaving = { (residents: [Resident]) in residents.contains { $0.name == model && $0.isLeaving } }
            if isLeaving(before.residents), isLeaving(state.residents) { self.complain("\(request) started too late") }
        }
    }

    /// Who is a victim from now on has had its least visit, or is of no use.
    private mutating func checkVisits(_ backend: BackendIndex) {
        guard backend.value < self.before.count, self.before[backend.value].plan == nil,
            let plan = self.machine.fleet.backends[backend.value].plan, plan.reason != .copy
        else { return }
        let fleet = self.machine.fleet
        let loadTime = fleet.loadTime(of: fleet[plan.target].model, on: backend)
        for name in plan.victims {
            let residents = fleet.backends[backend.value].residents + self.before[backend.value].residents
            guard let resident = residents.first(where: { $0.name == name }) else { continue }
            let isOld = resident.visitStart.later(by: loadTime) <= self.machine.now
            let isUsed = self.count(of: name, on: backend) > 0
            let isAwaited = self.waiting.keys.contains {
                guard let arriving = self.requests[$0]?.arriving else { return false }
                return arriving.model == name && resident.fits(arriving.options)
            }
            let isElsewhere = fleet.copies(of: resident, besides: backend) > 0
            if !isOld, isUsed || isAwaited && !isElsewhere { self.complain("the visit of \(name) was too short") }
        }
    }

    /// Nobody waits who could have a slot.
    private mutating func checkWaiter(_ request: Int) {
        guard let arriving = self.requests[request]?.arriving else { return }
        let fleet = self.machine.fleet
        guard let model = fleet.model(named: arriving.model) else { return self.complain("\(request) has no model") }
        // Where its model may run; if none of these is healthy, they are tried.
        let own = fleet.slots.indices.filter { backend in
            guard fleet.slots.isOpen(backend),
                self.policy.fleet.placements[arriving.model]?.backends?.contains(backend) ?? true
            else { return false }
            guard fleet.backends.count > 1, let installed = fleet.backends[Int(backend.row)].installed else {
                return true
            }
            return installed[arriving.model] != nil
        }
        let isAnyHealthy = own.contains { fleet.slots.isHealthy($0) }
        let isStranded = fleet.slots.hasHealthy && !isAnyHealthy
        for backend in own where fleet.slots.isHealthy(backend) || !isAnyHealthy {
            let state = fleet.backends[Int(backend.row)]
            let batchLimit = arriving.requestClass == .batch ? self.policy.batchSlots : nil
            if self.policy.fleet.isOn, arriving.model.isRemote {
                if fleet.cloudActive < self.policy.fleet.cloudParallel,
                    fleet.slots.hasRoom(for: model, on: backend, limit: .max, batchLimit: nil)
                {
                    self.complain("\(request) waits in vain for the cloud")
                }
                continue
            }
            guard
                fleet.slots.hasRoom(
                    for: model,
                    on: backend,
                    limit: fleet.limit(of: model, on: backend),
                    batchLimit: batchLimit
                )
            else { continue }
            if self.policy.fleet.isOn, isStranded, state.isUnloading(model) { continue }
            guard self.policy.fleet.isOn, state.isObserved, !isStranded else {
                self.complain("\(request) waits in vain on \(backend)")
                continue
            }
            guard state.serves(model, arriving.options), let place = state.place(of: model) else { continue }
            if self.isOpen(to: request, state.residents[place], on: backend) {
                self.complain("\(request) waits in vain for \(arriving.model) on \(backend)")
            }
        }
    }

    /// Whether the gate of a runner that is loaded is open to a waiter, as the contract says it.
    private func isOpen(to request: Int, _ resident: Resident, on backend: BackendIndex) -> Bool {
        let fleet = self.machine.fleet
        guard let arriving = self.requests[request]?.arriving else { return false }
        // The oldest of its client in its runner stands for the others.
        let own = self.waiting.keys.filter {
            guard let other = self.requests[$0]?.arriving else { return false }
            return other.model == arriving.model && other.options == arriving.options
                && other.client.name == arriving.client.name && other.requestClass == arriving.requestClass
        }
        guard own.min() == request else { return false }
        // Who waits for a load that may be here, and since when.
        var (names, heads) = (Set<ModelName>(), [Int]())
        var runners = Set<String>()
        for other in self.waiting.keys {
            guard let cold = self.requests[other]?.arriving, let model = fleet.model(named: cold.model),
                !cold.model.isRemote, fleet.mayRun(model, on: backend)
            else { continue }
            let isServed = fleet.slots.usable.contains {
                let state = fleet.backends[Int($0.row)]
                return fleet.mayRun(model, on: $0) && (!state.isObserved || state.serves(model, cold.options))
            }
            guard !isServed else { continue }
            names.insert(cold.model)
            heads.append(other)
            runners.insert("\(cold.model) \(cold.options)")
        }
        let state = fleet.backends[Int(backend.row)]
        if runners.isEmpty || state.isChanging { return true }
        let loadTime =
            names.compactMap { fleet.model(named: $0) }.map { fleet.loadTime(of: $0, on: backend) }.max() ?? 0
        let visit = min(3, max(1, self.policy.fleet.visit / Double(1 + runners.count)))
        let end = resident.visitStart.later(by: Int64(visit * Double(loadTime)))
        if self.machine.now < end { return true }
        let service = self.service(of: request)
        let floor = heads.map { self.service(of: $0) }.min() ?? 0
        if service < floor { return true }
        let oldest = heads.map { self.arrived(of: $0) }.min() ?? .distantFuture
        return self.arrived(of: request) <= max(end, oldest)
            && service <= floor + self.slack(of: arriving, on: backend, loadTime: loadTime) * Double(loadTime)
    }

    /// Half of it for a client whose waiters take longer than four load times.
    private func slack(of arriving: ArrivingRequest, on backend: BackendIndex, loadTime: Int64) -> Double {
        let fleet = self.machine.fleet
        guard let model = fleet.model(named: arriving.model) else { return 0 }
        let waiters = self.waiting.keys.count { request in
            guard let other = self.requests[request]?.arriving else { return false }
            return other.model == arriving.model && other.options == arriving.options
                && other.client.name == arriving.client.name
        }
        let work = Double(waiters) * Double(fleet[model].typical) / Double(max(1, fleet.limit(of: model, on: backend)))
        return work > 4 * Double(loadTime) ? self.policy.fleet.slack / 2 : self.policy.fleet.slack
    }

    private func arrived(of request: Int) -> Instant {
        guard let ticket = self.waiting[request], let index = self.machine.requests.queuedIndex(of: ticket) else {
            return .distantFuture
        }
        return self.machine.requests.entries[index].arrived
    }

    private func service(of request: Int) -> Double {
        guard self.policy.isFair, let ticket = self.waiting[request],
            let index = self.machine.requests.queuedIndex(of: ticket)
        else { return 0 }
        return self.machine.fleet.ledger.accounts.service(of: self.machine.requests.entries[index].account)
    }
}
