// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockServer

@Suite("The history for the charts")
struct LoadHistoryTests {
    private func completed(_ history: LoadHistory, _ model: ModelName?) -> [Int32] {
        history.points(of: model).map(\.point.completed)
    }

    @Test("A step holds what happened since the one before, for each model and for all")
    func steps() throws {
        let gateway = FixedGateway(named: ["a", "b"])
        var history = LoadHistory()
        gateway.run("a", at: 1)
        history.record(gateway.snapshot(at: 5), time: 5)
        #expect(history.steps.isEmpty, "the first reading only says where counting begins")
        gateway.run("a", at: 6)
        gateway.run("b", at: 8)
        history.record(gateway.snapshot(at: 10), time: 10)
        history.record(gateway.snapshot(at: 15), time: 15)
        #expect(self.completed(history, "a") == [1, 0])
        #expect(self.completed(history, nil) == [2, 0])
        let point = history.points(of: nil)[0].point
        #expect(point.chunks == 8 && point.arrived == 2)
        #expect(point.waitMilliseconds == 0)
        #expect(point.firstByteMilliseconds == 1000)
        #expect(history.points(of: nil)[1].point.waitMilliseconds == nil)
        #expect(history.points(of: "a").map(\.time) == [10, 15])
    }

    @Test("Active and queued are those at the end of the step")
    func live() {
        let gateway = FixedGateway(named: ["a"])
        var history = LoadHistory()
        history.record(gateway.snapshot(at: 0), time: 0)
        let slot = gateway.arrive("a", at: 1)
        gateway.arrive("a", at: 2)
        gateway.arrive("a", at: 3)
        history.record(gateway.snapshot(at: 5), time: 5)
        let point = history.points(of: "a")[0].point
        #expect([point.active, point.queued, point.rejected] == [1, 1, 1])
        #expect(history.points(of: nil)[0].point == point)
        if let slot { gateway.admission.lease(slot).end(.failed, ReplyProgress(), now: FixedGateway.time(6)) }
    }

    @Test("Nothing is lost or counted twice when a model becomes known, is reset, or leaves no entry")
    func conservation() {
        let gateway = FixedGateway()
        var history = LoadHistory()
        history.record(gateway.snapshot(at: 0), time: 0)
        for step in Int64(1)...4 {
            gateway.run("typo", at: step * 10, status: 404)
            gateway.run("new", at: step * 10 + 3)
            gateway.admission.resetTotals(model: nil, now: FixedGateway.time(step * 10 + 6))
            history.record(gateway.snapshot(at: step * 10 + 7), time: Int(step))
        }
        #expect(self.completed(history, nil) == [2, 2, 2, 2])
        #expect(self.completed(history, "new")[1...] == [1, 1, 1])
    }

    @Test("Neither steps nor models pile up")
    func bounds() {
        let gateway = FixedGateway()
        var history = LoadHistory()
        history.record(gateway.snapshot(at: 0), time: 0)
        for number in 0..<300 {
            guard let name = ModelName("model-\(number)") else { continue }
            for request in 0...Int64(number % 2) { gateway.run(name, at: Int64(number) * 10 + request * 3) }
        }
        history.record(gateway.snapshot(at: 5000), time: 1)
        #expect(history.steps[0].models.count == LoadHistory.maxModels)
        #expect(history.steps[0].models.values.count { $0.arrived == 2 } == 150, "the busiest are kept")
        for step in 2...200 { history.record(gateway.snapshot(at: 5000), time: step) }
        #expect(history.steps.count == LoadHistory.maxSteps)
        #expect(history.steps.last?.time == 200)
        #expect(history.steps.last?.models.isEmpty == true)
    }
}
