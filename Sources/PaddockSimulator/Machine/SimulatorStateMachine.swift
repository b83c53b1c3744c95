// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import DequeModule
import HeapModule

/// Identifies a request to the state machine. Never used twice.
typealias RequestID = Int

/// A backend without a model: which request runs when, and how fast.
///
/// Events go in, actions come out, time is an argument (monotonic nanoseconds, never going back). It behaves as Ollama's
/// scheduler does where a gateway can tell the difference:
///
/// 1. A request for a loaded (or loading) model whose options fit joins that model's queue: first in, first out, no limit,
///    as many at a time as the model has slots. Whether one that names no options fits: ``OptionsRule``. Each input of
///    an embedding request takes a slot of its own.
/// 2. Any other request joins the cold queue, or is refused if that is full. Only its head is looked at, so everybody behind
///    the head waits too. One model loads at a time.
/// 3. If there is no room for the head's model, the idle model used longest ago is unloaded, or else the model used longest
///    ago as soon as its requests are done, until it fits. A model with other options goes and is loaded again.
/// 4. What happens to requests for a model that is to go: ``VictimRule``.
/// 5. A request reads its prompt (prefill), then produces one token per interval; the interval grows with the number of
///    slots that are busy on the whole machine. It ends early only by ``cancel(_:now:)``.
/// 6. Models of Ollama's cloud take no part in 1 to 4: their requests start at once.
///
/// A request is in exactly one place: in the cold queue, in a runner's queue, or in slots of a runner; and it ends exactly
/// once: with one `finish` or `refuse` action, or by being cancelled.
///
/// The machine's own time stands still while it hangs; instants inside are of that time, those of callers of real time.
struct SimulatorStateMachine<Client> {
    /// What the shell must do, in this order.
    enum Action {
        /// The request produced that many tokens.
        case tokens(Client, count: Int)
        /// The request is done. Nothing more comes for it.
        case finish(Client, RequestReport)
        /// The request never was in the machine, or its runner has crashed. Nothing more comes for it.
        case refuse(Client, Refusal)
    }

    /// Tokens produced in one go when decoding is instant: bounds what piles up for a slow reader.
    static var burst: Int { 64 }

    private(set) var hardware: Hardware
    private(set) var faults = Faults()
    /// Loaded and loading models by key.
    var runners: [String: Runner] = [:]
    var totals = SimulatorTotals()
    /// Models by key, of those that have had a request.
    var tallies: [String: ModelTally] = [:]
    var loadTimes: LoadTimes
    /// The loader waits for ever: no model is loaded any more.
    var isWedged = false
    /// Slots in use on the whole machine.
    var busySlots = 0
    /// Live requests in the cold queue: those that wait for their model to be loaded, or for others to go first.
    var coldRequests = 0
    var cold: Deque<RequestID> = []
    var entries: [RequestID: Entry] = [:]
    private var timers: Heap<Timer> = []
    private var lastTimer: UInt64 = 0
    /// Since when it hangs, in real time.
    private var hangsSince: Int64?
    /// How long it has hung before that.
    private var hung: Int64 = 0

    init(hardware: Hardware) {
        self.hardware = hardware
        self.loadTimes = LoadTimes(hardware)
    }

    // MARK: - Events

    mutating func arrive(_ id: RequestID, work: Work, client: Client, now: Int64) -> [Action] {
        var actions = self.advance(to: now)
        let instant = self.time(now)
        self.totals.arrived += 1
        self.tallies[work.model, default: ModelTally()].requests += 1
        if let refusal = self.refusal(of: work) {
            self.refuse(client, work, refusal, &actions)
            return actions
        }
        self.entries[id] = Entry(client: client, work: work, arrivedAt: instant)
        if work.isRemote {
            self.startRemote(id, work: work, at: instant, actions: &actions)
        } else if self.isWarm(work) {
            self.join(id, work: work, at: instant, actions: &actions)
        } else {
            self.cold.append(id)
            self.coldRequests += 1
            self.admitCold(at: instant, actions: &actions)
        }
        self.settle(now: instant, actions: &actions)
        return actions
    }

    mutating func refuse(_ client: Client, _ work: Work, _ refusal: Refusal, _ actions: inout [Action]) {
        self.totals.errors += 1
        self.tallies[work.model]?.errors += 1
        actions.append(.refuse(client, refusal))
    }

    /// Whether a request needs no load.
    private func isWarm(_ work: Work) -> Bool {
        guard let runner = self.runners[work.model], self.fits(work, runner) else { return false }
        return !runner.isLeaving || self.hardware.victims != .closed
    }

    private func refusal(of work: Work) -> Refusal? {
        switch self.faults.kind {
        case .busy: return .busy
        case .terminated: return .terminated
        case .none, .hang, .crash, .slow: break
        }
        // Ollama's queue has taken out the request at which it looks.
        let isFull = self.coldRequests > max(0, self.hardware.maxQueue)
        return isFull && !work.isRemote && !self.isWarm(work) ? .busy : nil
    }

    /// The client went away. A request that is done already, or never was, is ignored.
    mutating func cancel(_ id: RequestID, now: Int64) -> [Action] {
        var actions = self.advance(to: now)
        let instant = self.time(now)
        guard let entry = self.entries.removeValue(forKey: id) else { return actions }
        self.totals.cancelled += 1
        if entry.phase == .cold {
            self.coldRequests -= 1
            self.cold = self.withoutCancelled(self.cold, live: self.coldRequests)
            self.admitCold(at: instant, actions: &actions)
        } else {
            self.leave(entry, at: instant, actions: &actions)
        }
        self.settle(now: instant, actions: &actions)
        return actions
    }

    /// The client reads too slowly: produce nothing more for it until ``resume(_:now:)``. It keeps its slot.
    mutating func pause(_ id: RequestID) {
        self.entries[id]?.isPaused = true
        if case .decode = self.entries[id]?.phase {
            self.entries[id]?.timer = nil
        }
    }

    mutating func resume(_ id: RequestID, now: Int64) -> [Action] {
        var actions = self.advance(to: now)
        let instant = self.time(now)
        guard var entry = self.entries[id], entry.isPaused else { return actions }
        entry.isPaused = false
        if case .decode = entry.phase {
            entry.timer = self.schedule(id, at: instant + self.decodeTime(entry.work))
        }
        self.entries[id] = entry
        self.settle(now: instant, actions: &actions)
        return actions
    }

    /// Unloads a model as soon as it is idle.
    mutating func unload(_ model: String, now: Int64) -> [Action] {
        var actions = self.advance(to: now)
        let instant = self.time(now)
        self.totals.unloadRequests += 1
        self.runners[model]?.keepAlive = .nanoseconds(0)
        if let runner = self.runners[model], runner.isIdle {
            self.becomeIdle(model, at: instant, actions: &actions)
        }
        self.settle(now: instant, actions: &actions)
        return actions
    }

    /// Changes what is wrong with the machine.
    mutating func set(_ faults: Faults, now: Int64) -> [Action] {
        var actions = self.advance(to: now)
        if faults.kind == .hang {
            self.hangsSince = self.hangsSince ?? now
        } else if let since = self.hangsSince {
            self.hung += now - since
            self.hangsSince = nil
        }
        self.faults = faults
        self.hardware.pace = faults.kind == .slow ? faults.factor : 1
        for (model, runner) in self.runners {
            let slots = self.slots(isEmbeddingModel: runner.isEmbeddingModel)
            self.runners[model]?.slots = slots
            if runner.loadingUntil == nil { self.serve(model, at: self.time(now)) }
        }
        self.settle(now: self.time(now), actions: &actions)
        return actions
    }

    /// Does everything that is due.
    mutating func advance(to now: Int64) -> [Action] {
        var actions: [Action] = []
        self.settle(now: self.time(now), actions: &actions)
        return actions
    }

    /// When ``advance(to:)`` has something to do next.
    mutating func nextDeadline() -> Int64? {
        guard self.hangsSince == nil else { return nil }
        return self.nextOwnDeadline().map { $0 + self.hung }
    }

    /// An instant of the machine's own time in real time, if it does not hang from now on.
    func realTime(_ instant: Int64) -> Int64 { instant + self.hung }

    // MARK: - Time

    /// The machine's own time.
    private func time(_ now: Int64) -> Int64 { (self.hangsSince ?? now) - self.hung }

    private mutating func nextOwnDeadline() -> Int64? {
        while let timer = self.timers.min, !self.isLive(timer) {
            self.timers.removeMin()
        }
        guard let runner = self.nextRunner()?.deadline else { return self.timers.min?.deadline }
        return min(runner, self.timers.min?.deadline ?? runner)
    }

    private func isLive(_ timer: Timer) -> Bool {
        guard let entry = self.entries[timer.request] else { return false }
        if case .embed = entry.work.kind { return true }
        return entry.timer == timer.id
    }

    /// Does what is due, each thing at its own instant and in the order of these instants, however late the call is.
    private mutating func settle(now: Int64, actions: inout [Action]) {
        guard self.hangsSince == nil else { return }
        while let deadline = self.nextOwnDeadline(), deadline <= now {
            if let timer = self.timers.min, timer.deadline == deadline {
                self.timers.removeMin()
                self.fire(timer, now: now, actions: &actions)
            } else if let runner = self.nextRunner() {
                if runner.isLoading {
                    self.finishLoading(runner.model, at: deadline, actions: &actions)
                } else {
                    self.remove(runner.model)
                    self.admitCold(at: deadline, actions: &actions)
                }
            }
        }
    }

    /// The runner with the earliest deadline. There are only a handful, so looking at all of them is cheap.
    private func nextRunner() -> (model: String, deadline: Int64, isLoading: Bool)? {
        var next: (model: String, deadline: Int64, isLoading: Bool)?
        for (model, runner) in self.runners {
            guard let deadline = runner.deadline else { continue }
            if let other = next, (other.deadline, other.model) < (deadline, model) { continue }
            next = (model, deadline, runner.loadingUntil != nil)
        }
        return next
    }

    private mutating func fire(_ timer: Timer, now: Int64, actions: inout [Action]) {
        guard var entry = self.entries[timer.request] else { return }
        entry.timer = nil
        var next = timer.deadline
        switch (entry.phase, entry.work.kind) {
        case (.prefill(let since), .generate):
            entry.report.prefill = timer.deadline - since
            entry.phase = .decode(since: timer.deadline)
            next += self.decodeTime(entry.work)
        case (.decode(let since), .generate(let answerTokens)):
            let interval = self.decodeTime(entry.work)
            let left = answerTokens - entry.report.answerTokens
            let count = interval > 0 ? 1 : min(left, Self.burst)
            entry.report.answerTokens += count
            actions.append(.tokens(entry.client, count: count))
            if count >= left {
                entry.report.decode = timer.deadline - since
                self.finish(timer.request, entry, at: timer.deadline, actions: &actions)
                return
            }
            // What is left of an instant answer waits for the next call, so that the shell can notice a slow reader.
            next = interval > 0 ? timer.deadline + interval : now + 1
        case (.prefill(let since), _):
            self.endUnit(of: &entry)
            if entry.slots == 0, entry.waitingUnits == 0 {
                entry.report.prefill = timer.deadline - since
                self.finish(timer.request, entry, at: timer.deadline, actions: &actions)
            } else {
                self.entries[timer.request] = entry
                self.serve(entry.work.model, at: timer.deadline)
            }
            return
        case (.cold, _), (.waiting, _), (.decode, _):
            preconditionFailure("a request in phase \(entry.phase) has no timer")
        }
        if !entry.isPaused {
            entry.timer = self.schedule(timer.request, at: next)
        }
        self.entries[timer.request] = entry
    }

    private func decodeTime(_ work: Work) -> Int64 {
        self.hardware.decodeTime(busySlots: work.isRemote ? 1 : self.busySlots)
    }

    mutating func schedule(_ id: RequestID, at deadline: Int64) -> UInt64 {
        self.lastTimer += 1
        self.timers.insert(Timer(deadline: deadline, id: self.lastTimer, request: id))
        return self.lastTimer
    }
}
