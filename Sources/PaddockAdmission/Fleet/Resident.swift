// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A runner that is loaded on a backend, is being loaded there, or is being unloaded.
package struct Resident {
    /// What it is doing.
    package enum Phase: Hashable, Sendable {
        /// A request has been sent that makes Ollama load it. Can become: `loaded`, or gone if that request fails.
        case loading(since: Instant)
        /// It answers. Can become: `leaving`, gone.
        case loaded
        /// Ollama was asked to unload it. Can become: gone, `loaded` if it stays.
        case leaving(since: Instant)

        /// The name, as listings spell it.
        package var name: String {
            switch self {
            case .loading: "loading"
            case .loaded: "loaded"
            case .leaving: "leaving"
            }
        }
    }

    /// Why it was loaded.
    package enum Reason: Hashable, Sendable {
        /// There was room for it.
        case room
        /// Others had to go, whose turn was over.
        case turn
        /// It is a second copy of a runner with a long queue.
        case copy
        /// The same model had to go, as it was loaded with other options.
        case options
        /// It is pinned; no request waits for its load.
        case pinned
        /// Somebody else had it loaded.
        case foreign

        /// The name, as listings spell it.
        package var name: String {
            switch self {
            case .room: "room"
            case .turn: "turn"
            case .copy: "copy"
            case .options: "options"
            case .pinned: "pinned"
            case .foreign: "foreign"
            }
        }
    }

    /// The name under which the backend lists it.
    let name: ModelName
    /// Its model, as long as that has an entry.
    var model: ModelIndex?
    var options = RunnerOptions()
    var phase = Phase.loaded
    var reason = Reason.foreign
    /// When the visit that its load paid for began, or will begin; long ago if nobody here paid for it.
    var visitStart = Instant(nanoseconds: 0)
    /// When this changed last by what we did: what a backend said that was asked earlier is not news.
    var changed: Instant
    /// When Ollama unloads it by itself; `nil` if that is not known, as after a request that says nothing of it.
    var expiresAt: Instant?
    /// How long it stays when nothing of it is active, as the request said that was sent last of those that said so; `nil` if none did.
    private(set) var keepAlive: Nanoseconds?
    private var keepAliveSince = Instant(nanoseconds: .min)
    /// Whether a request that names no options needs a runner that was loaded without any, as its backend has shown.
    var isExact = false
    /// The context length that its backend listed last; `nil` if it has listed none since the load.
    var contextLength: Int64?
    /// Whether a request that names no options was sent to it since then, although it was loaded with some.
    var isUsedWithoutOptions = false
    /// Its memory; 0 if that is not known.
    var bytes: Int64 = 0
    /// Whether its load is stuck, or only a trial, so that nobody else is sent there.
    var isClosed = false
    /// How its load went, until a request that it was loaded for has ended; `nil` if it was loaded for none.
    var load: MeasuredLoad?

    init(name: ModelName, model: ModelIndex?, changed: Instant) {
        self.name = name
        self.model = model
        self.changed = changed
    }

    var isLoading: Bool { if case .loading = self.phase { true } else { false } }
    /// Whether it is being loaded for no request.
    var isPreloading: Bool { self.isLoading && self.reason == .pinned }
    var isLeaving: Bool { if case .leaving = self.phase { true } else { false } }

    /// A request that was sent at an instant says how long it is to stay.
    mutating func keep(_ keepAlive: Nanoseconds, saidAt started: Instant) {
        guard started >= self.keepAliveSince else { return }
        self.keepAlive = keepAlive
        self.keepAliveSince = started
    }

    /// Whether it can serve a request with such options.
    ///
    /// Without options any will do (``FleetBackend/isExact`` says of which backends that is not so).
    func fits(_ options: RunnerOptions) -> Bool { options == self.options || options.isEmpty && !self.isExact }
}
