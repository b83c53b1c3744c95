// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockJSON
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

    @Test("A step tells errors of backends, tokens and what waits and first bytes were at most")
    func quantities() throws {
        let gateway = FixedGateway(queue: 5, named: ["a"])
        var history = LoadHistory(.day)
        history.record(gateway.snapshot(at: 0), time: 0)
        gateway.run("a", at: 1)
        gateway.run("a", at: 4, status: 404)
        gateway.run("a", at: 7, status: 500)
        gateway.run("a", at: 10, status: 503)
        if let slot = gateway.arrive("a", at: 13) {
            gateway.admission.lease(slot).end(.cancelled, ReplyProgress(), now: FixedGateway.time(14))
        }
        history.record(gateway.snapshot(at: 60), time: 60)
        let point = try #require(history.points(of: "a").first?.point)
        #expect([point.clientErrors, point.serverErrors, point.cancelled, point.tokens] == [1, 2, 1, 12])
        #expect([point.wait.p50, point.wait.p90, point.firstByte.p50] == [0, 0, 1000])
        let json = history.json(of: "a").string
        #expect(json.hasPrefix(#"{"model":"a","range":"24h","interval_seconds":60,"times":[60],"#))
        #expect(json.contains(#""replies_4xx":[1],"replies_5xx":[2],"tokens_out":[12],"wait_ms_p50":[0.0],"#))
    }

    @Test("A day is 1,440 minutes, each with the 20 busiest models")
    func day() {
        let gateway = FixedGateway()
        var history = LoadHistory(.day)
        for step in 0...1_500 {
            for number in 0..<(step < 5 ? 40 : 0) {
                guard let name = ModelName("model-\(number)") else { continue }
                gateway.run(name, at: Int64(step) * 60 + Int64(number))
            }
            history.record(gateway.snapshot(at: Int64(step) * 60 + 59), time: step * 60)
            if step == 3 { #expect(history.steps.last?.models.count == 20) }
        }
        #expect(history.steps.count == 1_440)
        #expect(history.steps.first?.time == 61 * 60)
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
        #expect(history.steps[0].models.count == history.range.maxModels)
        #expect(history.steps[0].models.count { $0.point.arrived == 2 } == 150, "the busiest are kept")
        for step in 2...200 { history.record(gateway.snapshot(at: 5000), time: step) }
        #expect(history.steps.count == history.range.maxSteps)
        #expect(history.steps.last?.time == 200)
        #expect(history.steps.last?.models.isEmpty == true)
    }
}
