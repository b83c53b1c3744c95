// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockTesting

@Suite("FleetSimulation")
struct FleetSimulationTests {
    /// Sends each request on, asks for its model to be unloaded after it, and writes down what happens.
    private struct UnloadingGateway: FleetGateway {
        var log: [String] = []

        mutating func arrived(_ request: FleetRequest, now: Instant, _ actions: inout FleetActions) {
            actions.send(request.id, to: 0)
            self.log.append("arrived")
        }

        mutating func firstByte(of request: FleetRequest, on host: Int, now: Instant, _ actions: inout FleetActions) {
            self.log.append("first byte \(Int(now.seconds.rounded()))")
        }

        mutating func ended(_ request: FleetRequest, on host: Int, now: Instant, _ actions: inout FleetActions) {
            self.log.append("ended")
            actions.wake(at: now.advanced(by: .seconds(2)))
        }

        mutating func tick(now: Instant, _ actions: inout FleetActions) {
            self.log.append("tick")
            actions.unload(0, on: 0)
            actions.unload(0, on: 0)
        }

        mutating func unloaded(
            _ model: Int,
            on host: Int,
            isGone: Bool,
            now: Instant,
            _ actions: inout FleetActions
        ) {
            self.log.append(isGone ? "gone" : "not gone")
        }

        mutating func listed(_ residents: [HostResident], on host: Int, now: Instant, _ actions: inout FleetActions) {
            self.log.append("listed \(residents.count)")
        }
    }

    private let shape = Shape(
        "one request",
        models: [Shape.Model()],
        loops: [Shape.Loop(client: "c", script: [(0, 1)], think: 1000, isSteady: true, start: 0.5)]
    )

    @Test("A gateway sees arrivals, first bytes, ends, unloads and its own ticks, in order")
    func events() {
        var simulation = FleetSimulation(self.shape, gateway: UnloadingGateway(), seed: 1, jitter: 0)
        let figures = simulation.run()
        #expect(simulation.gateway.log == ["arrived", "first byte 7", "ended", "tick", "gone", "not gone"])
        #expect(figures.served == 1)
        #expect(figures.waits == [6])
        #expect(figures.swapsPerHundred == 100)
    }

    @Test("Lists of what is loaded come at their interval, and keep nothing going")
    func lists() {
        var simulation = FleetSimulation(self.shape, gateway: UnloadingGateway(), seed: 1, jitter: 0, pollInterval: 4)
        _ = simulation.run()
        let log = simulation.gateway.log
        #expect(log.prefix(4) == ["listed 0", "arrived", "listed 0", "first byte 7"])
        #expect(log.contains("listed 1"))
        #expect(log.last?.hasPrefix("listed") == true || log.last == "not gone")
    }
}
