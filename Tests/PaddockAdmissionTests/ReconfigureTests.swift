// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

@Suite("A reloaded configuration")
struct ReconfigureTests {
    @Test("New defaults hold for models without limits of their own, limit by limit")
    func defaults() throws {
        let gate = Gate(parallel: 1, queue: 10, named: ["named": LimitOverrides(queue: 3)])
        gate.arrive(1, "plain")
        gate.reconfigure(parallel: 2, queue: 20, named: ["named": LimitOverrides(queue: 3)])
        #expect(try gate.reading("plain").limits == Limits(parallel: 2, queue: 20))
        #expect(try gate.reading("named").limits == Limits(parallel: 2, queue: 3))
        #expect(gate.snapshot.defaults == Limits(parallel: 2, queue: 20))
        gate.arrive(2, "new")
        #expect(try gate.reading("new").limits == Limits(parallel: 2, queue: 20))
    }

    @Test("A higher default starts waiting requests at once; a lower one rejects no waiting request")
    func waiters() throws {
        let gate = Gate(parallel: 1, queue: 10)
        for request in 1...4 { gate.arrive(request) }
        gate.reconfigure(parallel: 3, queue: 10)
        #expect(gate.takeHeard() == [.start(2, backend: 0), .start(3, backend: 0)])
        gate.reconfigure(parallel: 1, queue: 0)
        #expect(gate.takeHeard().isEmpty)
        let reading = try gate.reading()
        #expect(reading.active == 3 && reading.queued == 1)
        #expect(!gate.arrive(5).isQueued)
    }

    @Test("An operator's limit stays until the file's own value for that limit of that model changes")
    func provenance() throws {
        let file: [ModelName: LimitOverrides] = ["llama2": LimitOverrides(parallel: 2, queue: 5)]
        let gate = Gate(parallel: 1, queue: 10, named: file)
        gate.update(parallel: 7, queue: 70)
        gate.reconfigure(parallel: 3, queue: 30, named: file)
        #expect(try gate.reading().limits == Limits(parallel: 7, queue: 70))
        gate.reconfigure(parallel: 3, queue: 30, named: ["llama2": LimitOverrides(parallel: 2, queue: 6)])
        #expect(try gate.reading().limits == Limits(parallel: 7, queue: 6))
        gate.reconfigure(parallel: 3, queue: 30)
        #expect(try gate.reading().limits == Limits(parallel: 3, queue: 30))
    }

    @Test("An operator's limit of a model that no file names stays, and the other limit follows the defaults")
    func operatorAlone() throws {
        let gate = Gate(parallel: 1, queue: 10)
        gate.update(queue: 3)
        gate.reconfigure(parallel: 4, queue: 40)
        #expect(try gate.reading().limits == Limits(parallel: 4, queue: 3))
        gate.reconfigure(parallel: 4, queue: 40, named: ["llama2": LimitOverrides(queue: 9)])
        #expect(try gate.reading().limits == Limits(parallel: 4, queue: 9))
    }

    @Test("A model that no file names any more counts as unnamed")
    func forgotten() throws {
        let names: [ModelName] = ["a", "b", "c"]
        let file = Dictionary(uniqueKeysWithValues: names.map { ($0, LimitOverrides(queue: 3)) })
        let gate = Gate(named: file, unnamedLimit: 1)
        gate.arrive(1, "c")
        gate.reconfigure(parallel: 1, queue: 10)
        // One idle model may stay, and the busy one.
        #expect(gate.snapshot.models.count == 2)
        #expect(try gate.reading("c").active == 1)
        try gate.finish(1)
        #expect(gate.snapshot.models.count == 1)
        gate.reconfigure(parallel: 1, queue: 10, named: file)
        #expect(gate.snapshot.models.count == 3)
    }

    /// The last model to become idle needs no new place in the list when it does so again, and evicted none.
    @Test("A busy model that no file names any more takes a place as soon as another falls idle")
    func forgottenWhileBusy() throws {
        let gate = Gate(named: ["c": LimitOverrides()], unnamedLimit: 2)
        for (request, model) in [(1, "a"), (2, "b")] as [(Int, ModelName)] {
            gate.arrive(request, model)
            try gate.finish(request)
        }
        gate.arrive(3, "c")
        gate.reconfigure(parallel: 1, queue: 10)
        gate.arrive(4, "b")
        try gate.finish(4)
        #expect(Set(gate.snapshot.models.map(\.name)) == ["b", "c"])
    }

    @Test("Another policy holds for those who wait, too")
    func policy() throws {
        var unfair = AdmissionPolicy()
        unfair.isFair = false
        let gate = Gate(parallel: 1, queue: 10)
        for request in 1...3 { gate.arrive(request, of: Client(name: "one")) }
        gate.arrive(4, of: Client(name: "two"))
        gate.reconfigure(parallel: 1, queue: 10, policy: unfair)
        for request in 1...3 { try gate.finish(request) }
        #expect(gate.takeHeard() == [2, 3, 4].map { .start($0, backend: 0) })
    }
}
