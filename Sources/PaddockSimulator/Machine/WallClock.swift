// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockSystem

/// The time of day, and how replies write it. Belongs to one event loop.
///
/// The system's clock is read once; after that time goes on with the monotonic clock, so that the durations and the dates
/// of one reply agree. Each second's text is rendered once.
final class WallClock {
    /// Nanoseconds from the monotonic clock's zero to 1970, negated.
    private let offset: Int64
    private var second: Int64 = .min
    private var iso8601 = ""
    private var date = ""

    init() {
        self.offset = PaddockSystem.WallClock.nanosecondsSince1970() - Self.monotonicNow()
    }

    /// Nanoseconds of the monotonic clock.
    static func monotonicNow() -> Int64 {
        Int64(NIODeadline.now().uptimeNanoseconds)
    }

    /// Nanoseconds since 1970.
    var now: Int64 { Self.monotonicNow() + self.offset }

    /// Seconds since 1970.
    var seconds: Int64 { self.now / 1_000_000_000 }

    /// Nanoseconds since 1970 for an instant of the monotonic clock.
    func nanoseconds(monotonic: Int64) -> Int64 { monotonic + self.offset }

    /// The value of the `Date` header.
    var httpDate: String {
        self.refresh(self.seconds)
        return self.date
    }

    /// The time of day as Go writes it: `2026-08-21T18:48:22.123456789Z`.
    var timestamp: String { self.timestamp(nanoseconds: self.now) }

    /// - Parameter nanoseconds: Since 1970.
    func timestamp(nanoseconds: Int64) -> String {
        let (second, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        self.refresh(second)
        return "\(self.iso8601).\(String(1_000_000_000 + rest).dropFirst())Z"
    }

    /// - Parameter seconds: Since 1970.
    func timestamp(seconds: Int64) -> String {
        "\(CivilTime(seconds: seconds).iso8601)Z"
    }

    private func refresh(_ second: Int64) {
        guard second != self.second else { return }
        self.second = second
        let time = CivilTime(seconds: second)
        self.iso8601 = time.iso8601
        self.date = time.httpDate
    }
}
