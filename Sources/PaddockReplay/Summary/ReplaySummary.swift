// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// What a trace, or its replay, comes to.
package struct ReplaySummary: Sendable {
    /// The figures of some of the requests.
    package struct Part: Sendable {
        /// How many ended in which way, in the order of ``Ending``.
        private var outcomes = Array(repeating: 0, count: Ending.ofArrivals.count)
        /// How long they held slots, in nanoseconds.
        package private(set) var slotTime = 0.0
        /// How long those waited that got a slot; nil if none did.
        package var waits: Quantiles?

        /// How many there are.
        package var requests: Int { self.outcomes.reduce(0, +) }

        /// How many ended in one way.
        package func count(of outcome: Ending) -> Int {
            Ending.ofArrivals.firstIndex(of: outcome).map { self.outcomes[$0] } ?? 0
        }

        mutating func count(_ outcome: Ending, slotTime: Double) {
            guard let index = Ending.ofArrivals.firstIndex(of: outcome) else { return }
            self.outcomes[index] += 1
            self.slotTime += slotTime
        }
    }

    /// All requests.
    package var all = Part()
    /// The requests of each class.
    var classes = ByClass(interactive: Part(), batch: Part())
    /// The clients that were asked for, in that order.
    package var clients: [Part] = []
    /// How many loads there were; nil if nothing tells.
    package var loads: Int?
    /// How long requests waited for a slot, and then for a load; nil if none got a slot.
    package var waitsAndLoads: Quantiles?
    /// From the first arrival to the last end, in nanoseconds.
    package var span: Int64 = 0
    /// The part of the slots that was held, of each model from its first to its last request; 0 to 1.
    package var utilisation: Double?
    /// The part of the slot time that went to requests which completed; 0 to 1.
    package var usefulShare: Double?
    /// Jain's index of service over the clients that were backlogged, for their weights; 0 to 1.
    ///
    /// Nil if no two clients of a class waited for one model. What exactly is compared: ``ServiceMeter``.
    package var fairness: Double?

    init() {}

    /// The requests of a class.
    package func part(_ requestClass: RequestClass) -> Part { self.classes[requestClass] }

    /// Completed requests per second.
    package var throughput: Double? {
        self.span > 0 ? Double(self.all.count(of: .completed)) / (Double(self.span) / 1e9) : nil
    }
}
