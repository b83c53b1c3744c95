// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockTesting
import Testing

/// The simulated hosts behave as the model in which policies were compared first: the figures are means of 40 of its runs.
@Suite("Shapes")
struct ShapesTests {
    /// What the hosts do alone, and what they would do if swaps were free.
    struct Expected: Sendable {
        let name: String
        let swapsPerHundred: Double
        let requestsPerSecond: Double
        let longWait: Double
        let idealRequestsPerSecond: Double

        init(_ name: String, swaps: Double, requests: Double, longWait: Double, ideal: Double) {
            self.name = name
            self.swapsPerHundred = swaps
            self.requestsPerSecond = requests
            self.longWait = longWait
            self.idealRequestsPerSecond = ideal
        }
    }

    static let expected = [
        Expected("uniform 3, 1 loaded", swaps: 51.0, requests: 0.181, longWait: 938, ideal: 0.377),
        Expected("zipf 5, 1 loaded", swaps: 60.5, requests: 0.161, longWait: 997, ideal: 0.357),
        Expected("uniform 5, 2 loaded", swaps: 34.3, requests: 0.347, longWait: 281, ideal: 0.447),
        Expected("light load, uniform 4, 1 loaded", swaps: 75.6, requests: 0.050, longWait: 25.7, ideal: 0.05),
        Expected("16 GiB: embeddings, chat, code, vision", swaps: 12.0, requests: 0.644, longWait: 143, ideal: 0.709),
        Expected("agents: plan, 3 explorers, coder", swaps: 33.8, requests: 0.255, longWait: 28.1, ideal: 0.631),
        Expected("closed loops, a model each", swaps: 67.5, requests: 0.151, longWait: 55.7, ideal: 0.529),
        Expected("a hog floods the loaded model", swaps: 10.9, requests: 0.378, longWait: 1109, ideal: 0.534),
        Expected("one client changes models all the time", swaps: 52.4, requests: 0.212, longWait: 27.4, ideal: 1.153),
        Expected("one client on 3 models, two on 1", swaps: 19.9, requests: 0.304, longWait: 66.9, ideal: 0.534),
        Expected("one model with two context lengths", swaps: 67.9, requests: 0.157, longWait: 39.8, ideal: 0.381),
        Expected("the hot model moves", swaps: 32.3, requests: 0.239, longWait: 606, ideal: 0.396),
        Expected("long jobs among short ones", swaps: 47.2, requests: 0.141, longWait: 765, ideal: 0.244),
        Expected("2 hosts, zipf 5, 2 loaded", swaps: 30.0, requests: 0.739, longWait: 103, ideal: 0.796),
        Expected("3 hosts, uniform 5, 1 loaded", swaps: 69.3, requests: 0.434, longWait: 947, ideal: 0.895),
        Expected("2 hosts, bursts on a hot model", swaps: 20.4, requests: 0.580, longWait: 55.9, ideal: 0.587),
    ]

    @Test("The shapes are those that are expected")
    func names() { #expect(Shape.all.map(\.name) == Self.expected.map(\.name)) }

    @Test("The hosts alone do what they are known to do", arguments: zip(Shape.all, expected))
    func direct(shape: Shape, expected: Expected) {
        let figures = AverageFigures(shape, seeds: 1...12) { DirectGateway(hostCount: $0.hosts.count) }
        self.expect(figures.swapsPerHundred, expected.swapsPerHundred, within: 0.15, "swaps")
        self.expect(figures.requestsPerSecond, expected.requestsPerSecond, within: 0.1, "requests per second")
        self.expect(figures.wait(0.99), expected.longWait, within: 0.2, "99 of 100 waits")
        #expect(figures.sentToLeaving > 0, "this is how hosts wedge")
    }

    @Test("Free swaps are the bound on throughput", arguments: zip(Shape.all, expected))
    func ideal(shape: Shape, expected: Expected) {
        let figures = AverageFigures(shape.ideal, seeds: 1...12) { _ in IdealGateway(shape) }
        self.expect(figures.requestsPerSecond, expected.idealRequestsPerSecond, within: 0.1, "requests per second")
    }

    @Test("The same seed gives the same figures", arguments: [Shape.all[5], Shape.all[14]])
    func seeds(shape: Shape) {
        func waits(_ seed: UInt64) -> [Double] {
            var simulation = FleetSimulation(shape, gateway: DirectGateway(hostCount: shape.hosts.count), seed: seed)
            return simulation.run().waits
        }
        #expect(waits(3) == waits(3))
        #expect(waits(3) != waits(4))
    }

    private func expect(_ value: Double, _ expected: Double, within share: Double, _ what: Comment) {
        #expect(abs(value - expected) <= share * expected, what)
    }
}
