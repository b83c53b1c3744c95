// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSimulator

/// Prints now and then how many models the demo's hosts load.
struct DemoMeter: Sendable {
    private static let interval = 10

    /// In the order in which they are named.
    let hosts: [Simulator]

    /// Prints until the task is cancelled.
    func run() async {
        var before = [Int](repeating: 0, count: self.hosts.count)
        while true {
            do { try await Task.sleep(for: .seconds(Self.interval)) } catch { return }
            var rates: [String] = []
            for (index, host) in self.hosts.enumerated() {
                guard let totals = try? await host.snapshot().totals else { return }
                rates.append("\((totals.loads - before[index]) * 60 / Self.interval) on port \(host.port)")
                before[index] = totals.loads
            }
            StandardError.say("swaps per minute: \(rates.joined(separator: ", "))")
        }
    }
}
