// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import DequeModule
import NIOCore

/// The shell around the state machine: owns the timer, the models and the connections. Belongs to one event loop.
final class SimulatorEngine {
    let options: SimulatorOptions
    let eventLoop: any EventLoop
    let clock = WallClock()
    let cors: CORSPolicy
    var catalogue: ModelCatalogue
    /// Digests of uploaded blobs, whose contents are thrown away.
    var blobs: Set<String> = []
    private(set) var machine: SimulatorStateMachine<any RequestClient>
    private var connections: [ObjectIdentifier: SimulatorConnection] = [:]
    private var lastID: RequestID = 0
    /// Actions that wait for their turn: running one can bring new ones about (a client that turns out to be gone).
    private var actions: Deque<SimulatorStateMachine<any RequestClient>.Action> = []
    private var isRunning = false
    private var timer: (deadline: Int64, task: Scheduled<Void>)?

    init(options: SimulatorOptions, eventLoop: any EventLoop) {
        self.options = options
        self.cors = CORSPolicy(origins: options.origins)
        self.eventLoop = eventLoop
        self.machine = SimulatorStateMachine(hardware: options.hardware)
        self.catalogue = ModelCatalogue(options.models, now: self.clock.seconds)
    }

    // MARK: - Events

    func makeID() -> RequestID {
        self.lastID += 1
        return self.lastID
    }

    func start(_ id: RequestID, work: Work, client: any RequestClient) {
        self.run(self.machine.arrive(id, work: work, client: client, now: WallClock.monotonicNow()))
    }

    func cancel(_ id: RequestID) {
        self.run(self.machine.cancel(id, now: WallClock.monotonicNow()))
    }

    func pause(_ id: RequestID) {
        self.machine.pause(id)
    }

    func resume(_ id: RequestID) {
        self.run(self.machine.resume(id, now: WallClock.monotonicNow()))
    }

    func unload(_ model: String) {
        self.run(self.machine.unload(ModelCatalogue.key(for: model), now: WallClock.monotonicNow()))
    }

    /// A model is deleted: it is unloaded, and its counts go, so that clients that invent names cannot fill the memory.
    func forget(_ model: String) {
        self.unload(model)
        self.machine.tallies[ModelCatalogue.key(for: model)] = nil
    }

    func set(_ faults: Faults) {
        self.run(self.machine.set(faults, now: WallClock.monotonicNow()))
    }

    // MARK: - Actions

    private func run(_ actions: [SimulatorStateMachine<any RequestClient>.Action]) {
        self.actions.append(contentsOf: actions)
        if self.isRunning { return }
        self.isRunning = true
        while let action = self.actions.popFirst() {
            switch action {
            case .tokens(let client, let count): client.produced(tokens: count)
            case .finish(let client, let report): client.finished(report)
            case .refuse(let client, let refusal): client.refused(refusal)
            }
        }
        self.isRunning = false
        self.setTimer()
    }

    /// One timer for the earliest deadline. One that comes too early does no harm; it is set anew when it fires.
    private func setTimer() {
        guard let deadline = self.machine.nextDeadline() else { return }
        if let timer = self.timer {
            if timer.deadline <= deadline { return }
            timer.task.cancel()
        }
        let task = self.eventLoop.assumeIsolated().scheduleTask(
            deadline: .uptimeNanoseconds(UInt64(max(0, deadline)))
        ) {
            self.timer = nil
            self.run(self.machine.advance(to: WallClock.monotonicNow()))
        }
        self.timer = (deadline, task)
    }

    // MARK: - Connections

    func opened(_ connection: SimulatorConnection) {
        self.connections[ObjectIdentifier(connection)] = connection
    }

    func closed(_ connection: SimulatorConnection) {
        self.connections[ObjectIdentifier(connection)] = nil
    }

    func closeAll() {
        for connection in self.connections.values {
            connection.close()
        }
        self.timer?.task.cancel()
        self.timer = nil
    }

    var snapshot: SimulatorSnapshot {
        let names = Set(self.machine.runners.keys).union(self.machine.tallies.keys)
        return SimulatorSnapshot(
            models: names.sorted().map(self.snapshot(of:)),
            waitingForModels: self.machine.coldRequests,
            isWedged: self.machine.isWedged,
            connections: self.connections.count,
            totals: self.machine.totals
        )
    }

    private func snapshot(of name: String) -> SimulatorSnapshot.Model {
        let runner = self.machine.runners[name]
        var state = SimulatorSnapshot.Model.State.unloaded
        if let runner {
            state = runner.isLeaving ? .leaving : runner.loadingUntil == nil ? .loaded : .loading
        }
        return SimulatorSnapshot.Model(
            name: name,
            state: state,
            slots: runner?.slots ?? 0,
            active: runner?.active ?? 0,
            peakActive: runner?.peakActive ?? 0,
            waiting: runner?.waitingUnits ?? 0,
            contextLength: runner?.options.contextLength ?? 0,
            size: runner?.size ?? 0,
            tally: self.machine.tallies[name] ?? ModelTally()
        )
    }
}
