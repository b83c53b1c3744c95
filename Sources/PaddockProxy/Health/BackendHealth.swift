// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

/// What is believed of a backend, and when to ask it again. Pure: the probes are the caller's.
struct BackendHealth {
    /// Between two probes of a backend that answers.
    static let healthyInterval = Duration.seconds(5)
    /// Between two probes of one that does not.
    static let unhealthyInterval = Duration.seconds(1)
    /// How long a probe may take.
    static let probeTimeout = Duration.seconds(5)
    /// A backend that is busy may miss one probe; one that refuses connections is down at once.
    private static let maxMissedProbes = 2

    private var missedProbes = 0

    /// What a probe found.
    enum Probe {
        /// It answered in HTTP, whatever the status below 500.
        case answered
        /// It accepts no connection.
        case unreachable
        /// It did not answer in time, or answered with a server error.
        case missed
        /// We lacked what a connection needs, so nothing is known of the backend.
        case notAsked
    }

    /// Takes note of a probe.
    ///
    /// - Returns: whether the backend is healthy now, or nil when nothing can be said yet; and when to probe again.
    mutating func probed(_ probe: Probe) -> (isHealthy: Bool?, next: Duration) {
        switch probe {
        case .answered:
            self.missedProbes = 0
            return (true, Self.healthyInterval)
        case .unreachable:
            self.missedProbes = Self.maxMissedProbes
            return (false, Self.unhealthyInterval)
        case .notAsked:
            return (nil, Self.unhealthyInterval)
        case .missed:
            self.missedProbes += 1
            return (self.missedProbes >= Self.maxMissedProbes ? false : nil, Self.unhealthyInterval)
        }
    }
}
