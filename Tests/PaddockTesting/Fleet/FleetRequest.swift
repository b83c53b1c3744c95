// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A request in a simulated fleet, and what became of it. Times are in seconds since the start.
package struct FleetRequest: Sendable {
    /// Its number, from 0 in order of arrival.
    package let id: Int
    /// When it arrived at the gateway.
    package let arrived: Double
    /// The model, by its place in ``Shape/models``.
    package let model: Int
    /// What it names of the options that make Ollama load a model anew; 0 for nothing, which fits any runner of the model.
    package let options: Int
    /// Who sent it.
    package let client: String
    /// How long it takes alone in a host, in seconds.
    package let work: Double
    /// The host that it was sent to.
    package internal(set) var host: Int?
    /// When a slot of the host began to work on it.
    package internal(set) var started: Double?
    /// When its reply ended.
    package internal(set) var ended: Double?
    /// What it cost in machine time, in seconds.
    package internal(set) var machineTime = 0.0

    /// When it arrived, as the gateway sees it.
    package var arrival: Instant { Instant(seconds: self.arrived) }
}

extension Instant {
    /// An instant of a simulation.
    ///
    /// - Parameter seconds: Seconds since its start.
    package init(seconds: Double) { self.init(nanoseconds: Int64((seconds * 1e9).rounded())) }

    /// Seconds since the start of a simulation.
    package var seconds: Double { Double(self.nanoseconds) / 1e9 }
}
