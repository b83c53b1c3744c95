// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockBase
internal import PaddockSystem

/// An instant on the calendar, to the nanosecond.
package struct TimeOfDay: Equatable, Sendable {
    /// Nanoseconds since 1970.
    package var nanoseconds: Int64

    /// - Parameter nanoseconds: since 1970.
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The time now, as the system's clock has it.
    package static func now() -> TimeOfDay { TimeOfDay(nanoseconds: WallClock.nanosecondsSince1970()) }

    /// For people, such as `2026-11-24T12:00:00Z`.
    package var text: String { CivilTime(seconds: self.nanoseconds / 1_000_000_000).iso8601 + "Z" }

    /// Such as `2026-11-24T12:00:00.123Z`.
    package var iso8601: String {
        let (seconds, rest) = self.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let milliseconds = String(1000 + rest / 1_000_000).dropFirst()
        return CivilTime(seconds: seconds).iso8601 + ".\(milliseconds)Z"
    }
}

extension Instant {
    /// What the system's clock showed at the instant, if it has not been set since.
    package var timeOfDay: TimeOfDay {
        TimeOfDay(nanoseconds: self.nanoseconds + Instant.offsetSince1970())
    }
}
