// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSystem
internal import Synchronization

/// How much room the files take and who has how many: counts in memory, so that what arrives at once is within the bounds together.
final class FileAccounts: Sendable {
    private struct State {
        var limits: FileLimits
        var used = 0
        /// How many files each client has, those that arrive included.
        var counts: [String: Int] = [:]
    }

    private let state: Mutex<State>

    init(_ limits: FileLimits) { self.state = Mutex(State(limits: limits)) }

    /// The limits of now.
    var limits: FileLimits {
        get { self.state.withLock { $0.limits } }
        set { self.state.withLock { $0.limits = newValue } }
    }

    /// What all files take, in bytes, each with its overhead.
    var used: Int { self.state.withLock { $0.used } }

    /// How many more bytes there is room for; negative if the limit was lowered.
    var free: Int { self.state.withLock { $0.limits.total - $0.used } }

    /// Counts a file that is there, whatever the limits are.
    func add(_ bytes: Int, of owner: String) {
        self.state.withLock { state in
            state.used += bytes + FileLimits.overhead
            state.counts[owner, default: 0] += 1
        }
    }

    /// Counts a new file, without bytes, unless its owner has too many or there is no room.
    ///
    /// - Parameter isBounded: whether the owner may have too many.
    func begin(of owner: String, isBounded: Bool) -> Refusal? {
        self.state.withLock { state in
            if isBounded, state.counts[owner] ?? 0 >= FileLimits.perClient { return .tooMany }
            guard state.used + FileLimits.overhead <= state.limits.total else { return .full(state.limits.total) }
            state.used += FileLimits.overhead
            state.counts[owner, default: 0] += 1
            return nil
        }
    }

    /// Takes room for bytes of a file, if there is room.
    func take(_ bytes: Int) -> Refusal? {
        self.state.withLock { state in
            guard state.used + bytes <= state.limits.total else { return .full(state.limits.total) }
            state.used += bytes
            return nil
        }
    }

    /// Counts bytes of a file whatever the limits are; negative ones are given back.
    func count(_ bytes: Int) { self.state.withLock { $0.used += bytes } }

    /// A file is gone.
    func remove(_ bytes: Int, of owner: String) {
        self.state.withLock { state in
            state.used -= bytes + FileLimits.overhead
            let count = (state.counts[owner] ?? 0) - 1
            state.counts[owner] = count > 0 ? count : nil
        }
    }

    /// Why a file, or bytes of it, are not taken.
    enum Refusal: Equatable {
        /// Its owner has as many as one may have.
        case tooMany
        /// There is no room.
        ///
        /// - Parameter limit: the most that all files may take, in bytes.
        case full(Int)
    }
}
