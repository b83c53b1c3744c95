// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// How long a backend has done what, since Paddock began to watch it.
package struct MachineTime: Hashable, Sendable {
    /// What a backend does; if it does several things at once, the first of these that is so.
    package enum State: Int, CaseIterable, Sendable {
        /// It serves requests, and gets none of the models that are to go.
        case draining
        /// It serves requests.
        case serving
        /// It loads or unloads a model, and serves nobody.
        case loading
        /// Nothing.
        case idle

        /// The name, as listings spell it.
        package var name: String {
            switch self {
            case .draining: "draining"
            case .serving: "serving"
            case .loading: "loading"
            case .idle: "idle"
            }
        }
    }

    /// By state, until ``since``.
    private var totals = SIMD4<Int64>()
    private var state = State.idle
    private var since: Instant

    /// Begins with a backend that does nothing.
    init(now: Instant) {
        self.since = now
    }

    /// What it does from now on.
    mutating func set(_ state: State, now: Instant) {
        self.advance(to: now)
        self.state = state
    }

    /// What it has done until now is not known.
    mutating func skip(to now: Instant) { self.since = max(self.since, now) }

    /// The same up to an instant. A clock that goes backwards adds nothing.
    func advanced(to now: Instant) -> MachineTime {
        var time = self
        time.advance(to: now)
        return time
    }

    private mutating func advance(to now: Instant) {
        guard now > self.since else { return }
        self.totals[self.state.rawValue] += (now - self.since).count
        self.since = now
    }

    /// How long it has done something.
    package subscript(state: State) -> Nanoseconds { Nanoseconds(self.totals[state.rawValue]) }
}
