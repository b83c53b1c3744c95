// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What a live request does just now, as far as its waiter knows.
package struct LiveProgress: Hashable, Sendable {
    /// The address that it came from; empty if it came from none.
    package var address: String
    /// Chunks of a stream that were passed on so far, about one for each token.
    package var chunks: Int
    /// When the last one was; nil before the first.
    package var lastChunk: Instant?
    /// Since when its client takes nothing of what is to be sent to it; nil if it does.
    package var blockedSince: Instant?

    /// A request of which nothing has been passed on.
    package init(address: String, chunks: Int = 0, lastChunk: Instant? = nil, blockedSince: Instant? = nil) {
        self.address = address
        self.chunks = chunks
        self.lastChunk = lastChunk
        self.blockedSince = blockedSince
    }
}

/// Who keeps a request that holds a slot from getting on.
package enum Stall: String, Hashable, Sendable {
    /// Its client does not read.
    case client
    /// Its backend is silent.
    case backend

    /// For so long a client may take nothing.
    private static let clientPatience = Nanoseconds.seconds(2)
    /// For so long a backend may be silent between two chunks of a stream, and before the first.
    private static let backendPatience = Nanoseconds.seconds(10)
    private static let firstPatience = Nanoseconds.seconds(60)

    /// Who keeps a request from getting on, and since when; nil if nobody does.
    ///
    /// - Parameters:
    ///   - progress: what it does.
    ///   - started: when it got its slot.
    ///   - isStream: whether its reply is expected to be a stream: of any other one nothing is seen until it is ready.
    ///   - now: the time.
    static func find(
        _ progress: LiveProgress,
        started: Instant,
        isStream: Bool,
        now: Instant
    ) -> (stall: Stall, length: Nanoseconds)? {
        if let since = progress.blockedSince, now - since >= Self.clientPatience { return (.client, now - since) }
        guard isStream else { return nil }
        let silence = now - (progress.lastChunk ?? started)
        let patience = progress.lastChunk == nil ? Self.firstPatience : Self.backendPatience
        return silence >= patience ? (.backend, silence) : nil
    }
}
