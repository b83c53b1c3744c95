// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

@testable import PaddockSimulator

/// A machine with 1 ms per prompt token, 10 ms per answer token and 1 s to load a model, run in virtual time.
struct SimulatorWorld {
    private static let millisecond: Int64 = 1_000_000

    var machine: SimulatorStateMachine<String>
    /// Who finished when, in milliseconds, with its report.
    private(set) var finished: [(client: String, at: Int64, report: RequestReport)] = []
    /// Who was refused, and why.
    private(set) var refused: [String: Refusal] = [:]
    private(set) var now: Int64 = 0
    private var ids = 0

    /// The clients that have finished, in order.
    var ended: [String] { self.finished.map(\.client) }

    init(
        slots: Int = 1,
        maxLoadedModels: Int = 3,
        slowdown: Double = 0,
        _ change: (inout Hardware) -> Void = { _ in }
    ) {
        var hardware = Hardware(
            prefillNanoseconds: 1e6,
            decodeNanoseconds: 1e7,
            slowdown: slowdown,
            loadNanoseconds: 1_000_000_000,
            slotsPerModel: slots,
            maxLoadedModels: maxLoadedModels,
            contextLength: 4096,
            keepAlive: .forever
        )
        change(&hardware)
        self.machine = SimulatorStateMachine(hardware: hardware)
    }

    @discardableResult
    mutating func arrive(
        _ client: String,
        model: String = "m",
        tokens: Int = 10,
        options: RunnerOptions = RunnerOptions()
    ) -> Int {
        self.arrive(
            client,
            Work(model: model, options: options, promptTokens: 5, kind: .generate(answerTokens: tokens))
        )
    }

    @discardableResult
    mutating func arrive(_ client: String, _ work: Work) -> Int {
        self.ids += 1
        self.take(self.machine.arrive(self.ids, work: work, client: client, now: self.now))
        return self.ids
    }

    mutating func cancel(_ id: Int) { self.take(self.machine.cancel(id, now: self.now)) }

    mutating func unload(_ model: String) { self.take(self.machine.unload(model, now: self.now)) }

    mutating func set(_ faults: Faults) { self.take(self.machine.set(faults, now: self.now)) }

    /// Lets time pass until nothing is left to do, or a number of milliseconds has passed.
    mutating func run(for milliseconds: Int64 = 1_000_000) {
        let end = self.now + milliseconds * Self.millisecond
        while let deadline = self.machine.nextDeadline(), deadline <= end {
            self.now = max(self.now, deadline)
            self.take(self.machine.advance(to: self.now))
        }
        self.now = end
    }

    private mutating func take(_ actions: [SimulatorStateMachine<String>.Action]) {
        for action in actions {
            switch action {
            case .tokens: break
            case .finish(let client, let report):
                self.finished.append((client, self.now / Self.millisecond, report))
            case .refuse(let client, let refusal): self.refused[client] = refusal
            }
        }
    }
}
