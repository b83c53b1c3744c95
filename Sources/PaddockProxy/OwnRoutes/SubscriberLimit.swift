// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How many clients follow several feeds together.
package final class SubscriberLimit: Sendable {
    /// How many may follow at once.
    package static let maxSubscribers = 100

    private let count = Mutex(0)

    /// A limit that nobody counts in yet.
    package init() {}

    /// Takes a place; false if none is free.
    func take() -> Bool {
        self.count.withLock { count in
            guard count < Self.maxSubscribers else { return false }
            count += 1
            return true
        }
    }

    /// Gives places back.
    func giveBack(_ places: Int) { self.count.withLock { $0 -= places } }
}
