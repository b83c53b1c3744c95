// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting

@testable import PaddockAdmission

/// The admission machine as the gateway of a simulated fleet.
struct MachineGateway: FleetGateway {
    private var machine: AdmissionStateMachine<Int>
    private var slots: [Int: Slot] = [:]
    private var firstBytes: [Int: Instant] = [:]
    private let names: [ModelName]

    /// - Parameters:
    ///   - shape: Whose hosts it stands in front of. What fits on them is configured, how long loads take is not.
    ///   - policy: How it shares them.
    init(_ shape: Shape, policy: AdmissionPolicy = AdmissionPolicy()) {
        var options = AdmissionOptions(
            limits: Limits(parallel: shape.limit, queue: 1_000_000),
            backendCount: shape.hosts.count
        )
        options.policy = policy
        let names = shape.models.indices.map { ModelName("m\($0)") ?? "m" }
        let installed = Dictionary(uniqueKeysWithValues: zip(names, shape.models.map(\.bytes)))
        for (index, host) in shape.hosts.enumerated() {
            options.memory[BackendIndex(index)] = MemoryFit(memory: host.memory, maxLoaded: host.maxLoaded)
        }
        let start = Instant(seconds: 0)
        self.machine = AdmissionStateMachine(options, now: start)
        self.names = names
        for index in shape.hosts.indices {
            var nothing = AdmissionActions<Int>()
            let backend = BackendIndex(index)
            self.machine.setInstalled(installed, on: backend, now: start, &nothing)
            self.machine.observe([], on: backend, asked: start, now: start, &nothing)
        }
    }

    mutating func arrived(_ request: FleetRequest, now: Instant, _ actions: inout FleetActions) {
        var arriving = ArrivingRequest(
            id: "",
            model: self.names[request.model],
            client: Client(name: request.client),
            deadline: .distantFuture
        )
        if request.options > 0 { arriving.options[.contextLength] = 4096 * Int32(request.options) }
        var wanted = AdmissionActions<Int>()
        let arrival = self.machine.arrive(arriving, waiter: request.id, now: now, &wanted)
        if case .start(let slot) = arrival { self.start(request.id, slot, &actions) }
        self.carryOut(wanted, &actions)
    }

    mutating func firstByte(of request: FleetRequest, on host: Int, now: Instant, _ actions: inout FleetActions) {
        guard let slot = self.slots[request.id] else { return }
        self.firstBytes[request.id] = now
        guard slot.firstByteUse != .none else { return }
        var wanted = AdmissionActions<Int>()
        self.machine.answered(slot, isStream: true, now: now, &wanted)
        self.carryOut(wanted, &actions)
    }

    mutating func ended(_ request: FleetRequest, on host: Int, now: Instant, _ actions: inout FleetActions) {
        guard let slot = self.slots.removeValue(forKey: request.id) else { return }
        var progress = ReplyProgress()
        progress.firstByte = self.firstBytes.removeValue(forKey: request.id)
        progress.status = 200
        progress.isStream = true
        var wanted = AdmissionActions<Int>()
        _ = self.machine.finish(slot, .completed, progress, now: now, &wanted)
        self.carryOut(wanted, &actions)
    }

    mutating func unloaded(_ model: Int, on host: Int, isGone: Bool, now: Instant, _ actions: inout FleetActions) {
        var wanted = AdmissionActions<Int>()
        self.machine.unloaded(self.names[model], on: BackendIndex(host), now: now, &wanted)
        self.carryOut(wanted, &actions)
    }

    mutating func listed(_ residents: [HostResident], on host: Int, now: Instant, _ actions: inout FleetActions) {
        let list = residents.map { LoadedModel(name: self.names[$0.model], bytes: $0.bytes) }
        var wanted = AdmissionActions<Int>()
        self.machine.observe(list, on: BackendIndex(host), asked: now, now: now, &wanted)
        self.carryOut(wanted, &actions)
    }

    mutating func tick(now: Instant, _ actions: inout FleetActions) {
        var wanted = AdmissionActions<Int>()
        self.machine.deadlineReached(now: now, &wanted)
        self.carryOut(wanted, &actions)
    }

    private mutating func start(_ request: Int, _ slot: Slot, _ actions: inout FleetActions) {
        self.slots[request] = slot
        actions.send(request, to: slot.backend.value)
    }

    private mutating func carryOut(_ wanted: AdmissionActions<Int>, _ actions: inout FleetActions) {
        var started: [(Int, Slot)] = []
        wanted.forEachAnswer { request, answer in
            if case .start(let slot) = answer { started.append((request, slot)) }
        }
        for (request, slot) in started { self.start(request, slot, &actions) }
        for command in wanted.commands {
            switch command {
            case .unload(let name, let backend):
                if let model = self.names.firstIndex(of: name) { actions.unload(model, on: backend.value) }
            case .look(let backend): actions.list(on: backend.value)
            case .load: preconditionFailure("no model is pinned")
            }
        }
        if let next = wanted.nextDeadline, next < .distantFuture { actions.wake(at: next) }
    }
}
