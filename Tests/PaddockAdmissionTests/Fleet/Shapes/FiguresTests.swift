// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem
import PaddockTesting
import Testing

private let seeds = SystemCall.variable("PADDOCK_FLEET_SEEDS").flatMap(UInt64.init) ?? 0

/// Prints what the admission machine makes of each shape, a line of JSON for each: for `Benchmarks/scripts/fleet --virtual`, which sets
/// how many seeds the means are of. Without that it does not run.
@Suite("Figures", .enabled(if: seeds > 0))
struct FiguresTests {
    @Test("Of a shape", arguments: zip(Shape.all, ShapesTests.expected))
    func shape(_ shape: Shape, alone: ShapesTests.Expected) {
        let figures = AverageFigures(shape, seeds: 1...seeds, pollInterval: 2) { MachineGateway($0) }
        let swaps = "[\(alone.swapsPerHundred),\(figures.swapsPerHundred)]"
        let longWaits = "[\(alone.longWait),\(figures.wait(0.99))]"
        let rates = "[\(alone.requestsPerSecond),\(figures.requestsPerSecond),\(alone.idealRequestsPerSecond)]"
        let fairness = figures.fairness.map { "\($0)" } ?? "null"
        Self.print(
            #"{"shape":"\#(shape.name)","swaps":\#(swaps),"p99":\#(longWaits),"rate":\#(rates),"fairness":\#(fairness)}"#
        )
    }

    @Test("Of a hog", arguments: [0.3, 0.9, 3, 9])
    func hog(rate: Double) {
        let figures = AverageFigures(Shape.hog(rate: rate), seeds: 1...seeds, pollInterval: 2) {
            MachineGateway($0)
        }
        let longest = max(figures.longestWait(of: "c1"), figures.longestWait(of: "c2"))
        Self.print(#"{"hog":\#(rate),"longest":\#(longest),"useful":\#(figures.useful)}"#)
    }

    /// Shapes are measured at the same time, and their lines must not mix.
    private static func print(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        bytes.withUnsafeBytes { _ = SystemCall.write($0, to: STDOUT_FILENO) }
    }
}
