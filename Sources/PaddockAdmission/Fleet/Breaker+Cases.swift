// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Breaker {
    /// Why it is open.
    package enum Cause: Hashable, Sendable {
        /// A connection could not be made.
        case unreachable
        /// Its replies were errors, or broke off.
        case errors
        /// Nothing came for long while others answered, or requests timed out without a first byte.
        case silence
        /// It said that it is busy (503), before it had begun.
        case refusals
        /// A load does not end; see ``LoaderHealth``. Only of a backend.
        case stuckLoad
    }

    /// What its owner shows of it.
    package enum State: Hashable, CaseIterable, Sendable {
        /// It gets requests. Can become: `suspect`, `open`.
        case ok
        /// It is silent while others answer. Can become: `ok`, `halfOpen`.
        case suspect
        /// It gets none. Can become: `halfOpen`.
        case open
        /// One request is on trial there. Can become: `ok`, `suspect`, `open`.
        case halfOpen
        /// Its loads do not end: what is loaded goes on, and nothing else is loaded; see ``LoaderHealth``. Only of a backend. Can become:
        /// `ok`.
        case wedged
    }

    /// Whether it gets a request; in order of preference.
    enum Use: Comparable, Sendable {
        case none
        /// One request, to see how it goes.
        case trial
        case free
    }

    /// What became of a request that was sent there.
    enum Outcome: Hashable, Sendable {
        /// A reply began whose status is below 400.
        case succeeded
        /// That tells nothing: the client left, or the request was refused with 400 to 499 for what is wrong in itself.
        case undecided
        /// The status is 500 or above, or the connection broke; see ``isFast(_:usual:)``.
        case failed(isFast: Bool)
        /// Its time ended without a first byte. A failure that has cost its client all of that time.
        case silent
        /// No connection could be made.
        case unreachable
        /// 503 before any byte of a reply was passed on; with `Retry-After` in nanoseconds, if it said so.
        case refused(retryAfter: Int64?)
    }
}
