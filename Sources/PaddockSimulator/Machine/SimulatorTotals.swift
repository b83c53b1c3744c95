// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a simulator has done since it started.
package struct SimulatorTotals: Equatable, Sendable {
    /// Requests that asked for a model that exists.
    package internal(set) var arrived = 0
    /// Requests that were answered in full.
    package internal(set) var completed = 0
    /// Requests whose client went away first, whatever they were doing.
    package internal(set) var cancelled = 0
    /// Requests that were refused.
    package internal(set) var errors = 0
    /// How often a model was loaded.
    package internal(set) var loads = 0
    /// How often a model was unloaded, for whatever reason.
    package internal(set) var unloads = 0
    /// How often a client asked for a model to be unloaded.
    package internal(set) var unloadRequests = 0
    /// How often a model had to make room while it had requests.
    package internal(set) var evictedBusy = 0
    /// Requests that came for a model which was on its way out.
    package internal(set) var sentToVictims = 0
}
