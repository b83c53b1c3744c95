// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The slot time that batch has earned while it waits for a model, in nanoseconds.
///
/// What batch is given, by whatever rule, is paid from it as far as it goes; so batch owes nothing. What a request
/// paid and did not use comes back when it ends.
struct BatchCredit {
    /// How many requests it can make up at most.
    ///
    /// While batch holds all the slots that it may have, what it earns is of no use to it, and must not add up to what
    /// later keeps interactive requests out.
    private static let most = 8.0

    private var nanoseconds = 0.0

    /// What is missing for a request that takes so long; not above zero if batch is next.
    func missing(for typical: Double) -> Double { typical - self.nanoseconds }

    /// Batch has earned so much while it waited; negative if it turns out to have been less.
    mutating func earn(_ nanoseconds: Double) {
        self.nanoseconds = max(0, self.nanoseconds + nanoseconds)
    }

    /// Pays for a slot time as far as it goes.
    ///
    /// - Returns: What was paid.
    mutating func pay(_ nanoseconds: Double) -> Double {
        let paid = min(self.nanoseconds, nanoseconds)
        self.nanoseconds -= paid
        return paid
    }

    /// Keeps it within bounds; such a request is the measure.
    mutating func limit(typical: Double) {
        self.nanoseconds = min(self.nanoseconds, Self.most * typical)
    }
}
