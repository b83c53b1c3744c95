// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import DequeModule

extension SimulatorStateMachine {
    // MARK: - The cold queue

    /// Looks at the head of the cold queue again and again, until it has to wait.
    mutating func admitCold(at now: Int64, actions: inout [Action]) {
        while !self.isWedged, let id = self.cold.first {
            guard let work = self.entries[id]?.work else {
                self.cold.removeFirst()
                continue
            }
            if let runner = self.runners[work.model] {
                if runner.isLeaving || !self.fits(work, runner) {
                    guard self.makeLeave(work.model) else { return }
                    continue
                }
            } else {
                if self.runners.values.contains(where: { $0.loadingUntil != nil }) { return }
                if !self.hasRoom(for: work) {
                    guard let model = self.modelToUnload(), self.makeLeave(model) else { return }
                    continue
                }
                self.load(work, at: now)
            }
            self.cold.removeFirst()
            self.coldRequests -= 1
            self.join(id, work: work, at: now, actions: &actions)
        }
    }

    /// Whether a loaded model is one that a request can use.
    func fits(_ work: Work, _ runner: Runner) -> Bool {
        work.options == RunnerOptions() && self.hardware.optionsRule == .any
            || work.options.completed(contextLength: self.hardware.contextLength) == runner.options
    }

    private func hasRoom(for work: Work) -> Bool {
        // What is too large for the memory is loaded alone, as Ollama then leaves a part of it in the system's memory.
        if self.runners.isEmpty { return true }
        if self.runners.count >= max(1, self.hardware.maxLoadedModels) { return false }
        guard let memory = self.hardware.memory else { return true }
        return self.runners.values.reduce(work.size) { $0 + $1.size } <= memory
    }

    private mutating func load(_ work: Work, at now: Int64) {
        self.totals.loads += 1
        self.tallies[work.model, default: ModelTally()].loads += 1
        let time = self.loadTimes.next(bytes: work.size)
        self.runners[work.model] = Runner(
            work,
            options: work.options.completed(contextLength: self.hardware.contextLength),
            slots: self.slots(isEmbeddingModel: work.isEmbeddingModel),
            keepAlive: self.hardware.keepAlive,
            loadingUntil: now + Int64(min(Double(time) * self.hardware.pace, 1e18)),
            now: now
        )
    }

    func slots(isEmbeddingModel: Bool) -> Int {
        isEmbeddingModel ? 1 : max(1, self.faults.parallel ?? self.hardware.slotsPerModel)
    }

    /// The idle model used longest ago, or else the model used longest ago; `nil` while another is on its way out.
    private func modelToUnload() -> String? {
        if self.runners.values.contains(where: \.isLeaving) { return nil }
        return self.runners.min { left, right in
            if left.value.isIdle != right.value.isIdle { return left.value.isIdle }
            return (left.value.lastUsedAt, left.key) < (right.value.lastUsedAt, right.key)
        }?.key
    }

    /// Returns whether the model is gone already.
    private mutating func makeLeave(_ model: String) -> Bool {
        guard let runner = self.runners[model] else { return true }
        if !runner.isLeaving, !runner.isIdle { self.totals.evictedBusy += 1 }
        self.runners[model]?.isLeaving = true
        guard runner.isIdle else { return false }
        self.remove(model)
        return true
    }

    mutating func remove(_ model: String) {
        self.runners[model] = nil
        self.totals.unloads += 1
        self.tallies[model]?.unloads += 1
    }

    // MARK: - A model's queue and slots

    /// Adds a request to a model that is loaded or loading and takes it.
    mutating func join(_ id: RequestID, work: Work, at now: Int64, actions: inout [Action]) {
        if self.runners[work.model]?.isLeaving == true { self.resurrect(work.model) }
        self.entries[id]?.phase = .waiting
        self.entries[id]?.waitingUnits = work.units
        self.runners[work.model]?.members += 1
        self.runners[work.model]?.waitingUnits += work.units
        self.runners[work.model]?.expiresAt = nil
        self.runners[work.model]?.lastUsedAt = now
        if let keepAlive = work.keepAlive {
            self.runners[work.model]?.keepAlive = keepAlive
        }
        if self.runners[work.model]?.loadingUntil == nil {
            self.modelIsReady(for: id, at: now, actions: &actions)
            self.serve(work.model, at: now)
        } else {
            self.runners[work.model]?.waiting.append(id)
        }
    }

    /// A model that is to go gets a request.
    private mutating func resurrect(_ model: String) {
        self.totals.sentToVictims += 1
        guard self.hardware.victims == .wedging else { return }
        self.runners[model]?.isLeaving = false
        self.runners[model]?.keepAlive = self.hardware.keepAlive
        self.isWedged = true
    }

    /// Starts a request for a model that runs elsewhere.
    mutating func startRemote(_ id: RequestID, work: Work, at now: Int64, actions: inout [Action]) {
        guard var entry = self.entries[id] else { return }
        if work.kind == .load {
            self.finish(id, entry, at: now, actions: &actions)
        } else {
            entry.phase = .prefill(since: now)
            entry.timer = self.schedule(id, at: now + self.hardware.prefillTime(tokens: work.promptTokens))
            self.entries[id] = entry
        }
    }

    mutating func finishLoading(_ model: String, at now: Int64, actions: inout [Action]) {
        guard var runner = self.runners[model] else { return }
        let waiting = runner.waiting
        runner.waiting = []
        runner.loadingUntil = nil
        self.runners[model] = runner
        for id in waiting where self.entries[id] != nil {
            self.modelIsReady(for: id, at: now, actions: &actions)
        }
        self.serve(model, at: now)
        self.admitCold(at: now, actions: &actions)
    }

    /// The model of a waiting request is loaded: it is done if that was all it wanted, else it waits for a slot.
    private mutating func modelIsReady(for id: RequestID, at now: Int64, actions: inout [Action]) {
        guard var entry = self.entries[id] else { return }
        entry.report.load = now - entry.arrivedAt
        if entry.work.kind == .load {
            self.finish(id, entry, at: now, actions: &actions)
        } else {
            self.entries[id] = entry
            self.runners[entry.work.model]?.waiting.append(contentsOf: repeatElement(id, count: entry.waitingUnits))
        }
    }

    /// Gives free slots to waiting requests.
    mutating func serve(_ model: String, at now: Int64) {
        guard let index = self.runners.index(forKey: model) else { return }
        // In place: a copy of the runner would make each removal copy its queue.
        while self.runners.values[index].active < self.runners.values[index].slots,
            let id = self.runners.values[index].waiting.popFirst()
        {
            guard var entry = self.entries[id] else { continue }
            self.busySlots += 1
            self.runners.values[index].waitingUnits -= 1
            self.runners.values[index].active += 1
            self.runners.values[index].peakActive = max(
                self.runners.values[index].peakActive,
                self.runners.values[index].active
            )
            if entry.phase == .waiting { entry.phase = .prefill(since: now) }
            let tokens = entry.work.promptTokens(ofUnit: entry.work.units - entry.waitingUnits)
            entry.waitingUnits -= 1
            entry.slots += 1
            entry.timer = self.schedule(id, at: now + self.hardware.prefillTime(tokens: tokens))
            self.entries[id] = entry
        }
    }

    /// A slot of a request has nothing more to do.
    mutating func endUnit(of entry: inout Entry) {
        guard entry.slots > 0 else { return }
        entry.slots -= 1
        self.busySlots -= 1
        self.runners[entry.work.model]?.active -= 1
    }

    mutating func finish(_ id: RequestID, _ entry: Entry, at now: Int64, actions: inout [Action]) {
        self.entries[id] = nil
        if self.faults.kind == .crash {
            self.refuse(entry.client, entry.work, .terminated, &actions)
        } else {
            self.totals.completed += 1
            var report = entry.report
            report.total = now - entry.arrivedAt
            actions.append(.finish(entry.client, report))
        }
        self.leave(entry, at: now, actions: &actions)
    }

    /// Takes a request that is no longer in `entries` off its runner.
    mutating func leave(_ entry: Entry, at now: Int64, actions: inout [Action]) {
        let model = entry.work.model
        guard var runner = self.runners.removeValue(forKey: model) else { return }
        runner.members -= 1
        runner.lastUsedAt = now
        runner.active -= entry.slots
        self.busySlots -= entry.slots
        if entry.waitingUnits > 0 {
            runner.waitingUnits -= entry.waitingUnits
            runner.waiting = self.withoutCancelled(runner.waiting, live: runner.waitingUnits)
        }
        self.runners[model] = runner
        if runner.isIdle {
            self.becomeIdle(model, at: now, actions: &actions)
        } else if runner.loadingUntil == nil {
            self.serve(model, at: now)
        }
    }

    /// Unloads a model whose last request is done, or starts its time to live. Loading for nobody is given up.
    mutating func becomeIdle(_ model: String, at now: Int64, actions: inout [Action]) {
        guard let runner = self.runners[model] else { return }
        switch runner.keepAlive {
        case .nanoseconds(let time) where time > 0 && !runner.isLeaving && runner.loadingUntil == nil:
            self.runners[model]?.expiresAt = now + time
        case .forever where !runner.isLeaving && runner.loadingUntil == nil:
            break
        case .nanoseconds, .forever:
            self.remove(model)
            self.admitCold(at: now, actions: &actions)
        }
    }

    /// Keeps a queue in proportion to the requests that really wait in it.
    func withoutCancelled(_ queue: Deque<RequestID>, live: Int) -> Deque<RequestID> {
        guard queue.count > 2 * live + 64 else { return queue }
        return queue.filter { self.entries[$0] != nil }
    }
}
