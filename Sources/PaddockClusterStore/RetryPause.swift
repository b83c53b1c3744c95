// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The pauses between two tries to reach a store: each is twice as long as the one before, and none is longer than the lease. A store that
/// comes back without its memory hears of all members within that time, which a coordinator that it does not know any of relies on.
struct RetryPause {
    private static let shortest = Duration.milliseconds(100)
    private let longest: Duration
    private var length = Duration.zero
    private var end: ContinuousClock.Instant?

    /// - Parameter longest: the lease of the cluster.
    init(atMost longest: Duration) { self.longest = longest }

    /// Whether it is too early for another try.
    var isOn: Bool { self.end.map { .now < $0 } ?? false }

    /// A try has failed: the next pause begins.
    mutating func begin() {
        self.length = min(max(self.length * 2, Self.shortest), self.longest)
        self.end = .now + self.length
    }

    /// A try has succeeded.
    mutating func clear() { (self.length, self.end) = (.zero, nil) }
}
