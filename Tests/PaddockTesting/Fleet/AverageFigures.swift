// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How a gateway did on a shape, on average over several seeds. Times are in seconds.
package struct AverageFigures: Sendable {
    private let runs: [FleetFigures]

    /// Runs a shape.
    ///
    /// - Parameters:
    ///   - shape: What is sent, and to what.
    ///   - seeds: What all that is random follows from. Defaults to eight of them.
    ///   - pollInterval: How many seconds pass between two lists of what a host has loaded. Defaults to never.
    ///   - gateway: Makes the gateway of each run.
    package init<Gateway: FleetGateway>(
        _ shape: Shape,
        seeds: ClosedRange<UInt64> = 1...8,
        pollInterval: Double? = nil,
        gateway: (Shape) -> Gateway
    ) {
        self.runs = seeds.map { seed in
            var simulation = FleetSimulation(
                shape,
                gateway: gateway(shape),
                seed: seed,
                pollInterval: pollInterval
            )
            return simulation.run()
        }
    }

    /// Loads for each hundred requests that were served.
    package var swapsPerHundred: Double { self.mean(\.swapsPerHundred) }
    /// Requests that were served, per second.
    package var requestsPerSecond: Double { self.mean(\.requestsPerSecond) }
    /// The part of the time in which a host was working on requests.
    package var useful: Double { self.mean(\.useful) }
    /// Jain's index of what clients got; `nil` if no run had two that waited for long.
    package var fairness: Double? {
        let known = self.runs.compactMap(\.fairness)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
    /// Requests that were sent to a model while its host was evicting it.
    package var sentToLeaving: Double { self.mean { Double($0.sentToLeaving) } }
    /// Requests that never got a slot.
    package var unserved: Double { self.mean { Double($0.unserved) } }

    /// The wait that a share of all requests stays below.
    ///
    /// - Parameter share: 0 to 1.
    package func wait(_ share: Double) -> Double { self.mean { $0.wait(share) } }

    /// The longest wait of a client in any run; 0 if there is no such client.
    package func longestWait(of client: String) -> Double {
        self.runs.compactMap { $0.waitsOfClient[client]?.last }.max() ?? 0
    }

    private func mean(_ value: (FleetFigures) -> Double) -> Double {
        self.runs.reduce(0) { $0 + value($1) } / Double(self.runs.count)
    }
}
