// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockSystem
import PaddockTesting
import Testing

/// What the admission machine makes of simulated hosts. It lists what they have loaded every two seconds, learns how long loads take,
/// and is told what fits.
@Suite("Visits")
struct VisitsTests {
    private func figures(_ shape: Shape, seeds: ClosedRange<UInt64>) -> AverageFigures {
        AverageFigures(shape, seeds: seeds, pollInterval: 2) { MachineGateway($0) }
    }

    @Test(
        "Over all shapes swaps and long waits are far fewer than those of the hosts alone, and throughput is near the bound"
    )
    func allShapes() {
        var (swaps, longWaits, throughput) = (0.0, 0.0, 0.0)
        for (shape, expected) in zip(Shape.all, ShapesTests.expected) {
            let figures = self.figures(shape, seeds: 1...3)
            #expect(figures.sentToLeaving == 0, "\(shape.name): this is how hosts wedge")
            swaps += log(figures.swapsPerHundred / expected.swapsPerHundred)
            longWaits += log(figures.wait(0.99) / expected.longWait)
            throughput += log(figures.requestsPerSecond / expected.idealRequestsPerSecond)
        }
        let count = Double(Shape.all.count)
        #expect(exp(swaps / count) <= 0.4)
        #expect(exp(longWaits / count) <= 0.5)
        #expect(exp(throughput / count) >= 0.79)
    }

    @Test(
        "A client that floods the loaded model makes the others wait for at most 12 loads",
        arguments: [0.3, 0.9, 3, 9]
    )
    func hog(rate: Double) {
        let figures = self.figures(Shape.hog(rate: rate), seeds: 1...3)
        let longest = max(figures.longestWait(of: "c1"), figures.longestWait(of: "c2"))
        #expect(longest <= 12.1 * 6, "hog at \(rate) per second: \(longest) s")
    }

    @Test("A client with three models gets what clients with one model get")
    func fairness() {
        let figures = self.figures(Shape.all[9], seeds: 1...5)
        #expect((figures.fairness ?? 0) >= 0.9)
    }
}
