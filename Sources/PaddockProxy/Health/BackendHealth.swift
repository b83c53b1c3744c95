// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

/// What is believed of a backend, and when to ask it again. Pure: the probes are the caller's.
struct BackendHealth {
    /// Between two probes of a backend that is not healthy, unless a healthy one is probed more often.
    private static let unhealthyInterval = Duration.seconds(1)
    /// How long a probe may take.
    static let probeTimeout = Duration.seconds(5)
    /// A backend that is busy may miss one probe; one that refuses connections is down at once.
    private static let maxMissedProbes = 2

    private let interval: Duration
    private var missedProbes = 0

    /// - Parameter interval: the time between two probes while it is healthy.
    init(interval: Duration) { self.interval = interval }

    /// What a probe found.
    enum Probe: Equatable {
        /// It answered with a status that says that it is healthy.
        case answered
        /// It accepts no connection.
        case unreachable
        /// It answered with another status.
        case refused(status: Int)
        /// It did not answer in time.
        case missed
        /// We lacked what a connection needs, so nothing is known of the backend.
        case notAsked
    }

    /// Takes note of a probe.
    ///
    /// - Returns: whether the backend is healthy now, or nil if that is unknown; and when to probe again.
    mutating func probed(_ probe: Probe) -> (isHealthy: Bool?, next: Duration) {
        let soon = min(Self.unhealthyInterval, self.interval)
        switch probe {
        case .answered:
            self.missedProbes = 0
            return (true, self.interval)
        case .unreachable:
            self.missedProbes = Self.maxMissedProbes
            return (false, soon)
        case .notAsked:
            return (nil, soon)
        case .refused, .missed:
            self.missedProbes += 1
            return (self.missedProbes >= Self.maxMissedProbes ? false : nil, soon)
        }
    }
}
