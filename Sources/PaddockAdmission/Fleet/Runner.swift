// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// A model with the options that make Ollama load it anew, and who waits for it.
///
/// What names no such option fits any runner of its model that is loaded: Ollama's `needsReload`.
struct Runner {
    let model: ModelIndex
    let options: RunnerOptions
    var waiters: WaiterQueue
    /// How often it is asked for.
    var demand = DemandEstimate()
    /// Its requests that hold a slot, on whatever backend.
    var active = 0
    /// Where it is in the list of runners with waiters; below zero if it is not.
    fileprivate var place: Int32 = -1

    init(_ model: ModelIndex, _ options: RunnerOptions, policy: AdmissionPolicy) {
        self.model = model
        self.options = options
        self.waiters = WaiterQueue(policy: policy)
    }

    /// Whether nothing of it waits or is active.
    var isIdle: Bool { self.active == 0 && self.waiters.isEmpty }
}

/// All runners that anybody asked for, and which of them have waiters.
struct RunnerTable {
    private var runners = Table<RunnerIndex, Runner>()
    /// Those with waiters, in no order.
    private(set) var waiting: [RunnerIndex] = []

    /// How many there are.
    var count: Int { self.runners.count }

    /// A runner by its index.
    subscript(index: RunnerIndex) -> Runner {
        @inline(__always) _read { yield self.runners[index] }
        @inline(__always) _modify { yield &self.runners[index] }
    }

    /// Enters a runner.
    mutating func insert(_ runner: Runner) -> RunnerIndex { self.runners.insert(runner) }

    /// Removes a runner that is idle.
    mutating func remove(_ index: RunnerIndex) { self.runners.remove(index) }

    /// Notes that a runner may have got its first waiter, or lost its last one.
    mutating func noteWaiters(of index: RunnerIndex) {
        let place = Int(self.runners[index].place)
        if self.runners[index].waiters.count > 0 {
            guard place < 0 else { return }
            self.runners[index].place = Int32(self.waiting.count)
            self.waiting.append(index)
        } else if place >= 0 {
            self.runners[index].place = -1
            let last = self.waiting.removeLast()
            guard last != index else { return }
            self.waiting[place] = last
            self.runners[last].place = Int32(place)
        }
    }
}
