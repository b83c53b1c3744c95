// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// What time it is on a backend, whose clock may be wrong: dates that it names are compared with the date of the reply that names them.
struct BackendClock {
    /// A difference of less is no difference, as the date of a reply is in whole seconds: two seconds.
    private static let tolerance: Int64 = 2_000_000_000
    /// What is further away than a century is not believed.
    private static let longest: Int64 = 3_155_760_000_000_000_000

    private let now: Instant
    /// Nanoseconds since 1970 on the backend.
    private let time: Int64

    /// - Parameters:
    ///   - date: the `Date` of a reply that has just come; without one, or one that is none, the backend has our time.
    ///   - now: the time.
    ///   - ours: nanoseconds since 1970 here. Defaults to the system's clock.
    init(date: String?, now: Instant, ours: Int64 = TimeOfDay.now().nanoseconds) {
        self.now = now
        let theirs = date.flatMap { UnixTime.nanoseconds(httpDate: $0) } ?? ours
        let difference = Nanoseconds(theirs) - Nanoseconds(ours)
        // In whole seconds: the later end of that second, as nothing is to be taken for loaded that is not any more.
        self.time = abs(difference.count) <= Self.tolerance ? ours : (Nanoseconds(theirs) + .seconds(1)).count
    }

    /// When it will be a time that the backend names; nil if that is no date, has passed, or is too far away.
    ///
    /// - Parameter text: the date as Go writes it.
    func instant(of text: String) -> Instant? {
        guard let time = UnixTime.nanoseconds(rfc3339: text) else { return nil }
        let left = Nanoseconds(time) - Nanoseconds(self.time)
        return left > .zero && left.count < Self.longest ? self.now + left : nil
    }
}
