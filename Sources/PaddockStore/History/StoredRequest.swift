// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A request that has ended, as it is kept.
package struct StoredRequest: Equatable, Sendable {
    /// When it ended, in milliseconds since 1970.
    package var endedAt: Int64
    /// Its client.
    package var client: String
    /// Its model.
    package var model: String
    /// How it ended, by its visible name.
    package var outcome: String
    /// All that is told of it, as JSON.
    package var story: String

    /// - Parameters:
    ///   - endedAt: when it ended, in milliseconds since 1970.
    ///   - client: its client.
    ///   - model: its model.
    ///   - outcome: how it ended, by its visible name.
    ///   - story: all that is told of it, as JSON.
    package init(endedAt: Int64, client: String, model: String, outcome: String, story: String) {
        self.endedAt = endedAt
        self.client = client
        self.model = model
        self.outcome = outcome
        self.story = story
    }
}

/// Which of the requests that have ended.
package struct RequestQuery: Equatable, Sendable {
    /// The only client; nil for all.
    package var client: String?
    /// The only model; nil for all.
    package var model: String?
    /// The only ending, by its visible name; nil for all.
    package var outcome: String?
    /// When they ended, in milliseconds since 1970.
    package var ended: Range<Int64>
    /// The most that are wanted.
    package var limit: Int

    /// - Parameters:
    ///   - ended: when they ended, in milliseconds since 1970.
    ///   - limit: the most that are wanted.
    package init(ended: Range<Int64>, limit: Int) {
        self.ended = ended
        self.limit = limit
    }
}
