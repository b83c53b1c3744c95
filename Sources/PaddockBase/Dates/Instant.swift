// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A point on a monotonic clock, in whole nanoseconds since an origin that only the clock knows.
///
/// Every event of the admission machine carries one, so that the machine never reads a clock: the byte path passes the
/// time of its event loop, tests and simulations pass whatever they like.
@usableFromInline
package struct Instant: InstantProtocol {
    /// Nanoseconds since the origin of the clock; may be negative.
    @usableFromInline package var nanoseconds: Int64

    /// Makes an instant from a clock reading.
    ///
    /// - Parameter nanoseconds: Nanoseconds since the origin of the clock.
    @inlinable
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Later than every other instant: the deadline of a waiter that waits without one.
    package static let distantFuture = Instant(nanoseconds: .max)

    /// The instant that lies `duration` later, at most ``distantFuture``.
    ///
    /// - Parameter duration: How much later; negative for earlier. What is finer than a nanosecond is dropped.
    /// - Returns: The instant; one out of range becomes the nearest that can be written.
    @inlinable
    package func advanced(by duration: Duration) -> Instant {
        Instant(nanoseconds: Int64(clamping: Int128(self.nanoseconds) + duration.attoseconds / 1_000_000_000))
    }

    /// The time from this instant to another.
    ///
    /// - Parameter other: The other instant.
    /// - Returns: A negative duration where `other` is the earlier one.
    @inlinable
    package func duration(to other: Instant) -> Duration {
        Duration(attoseconds: (Int128(other.nanoseconds) - Int128(self.nanoseconds)) * 1_000_000_000)
    }

    /// The instant that lies `duration` later.
    @inlinable
    package static func + (instant: Instant, duration: Duration) -> Instant {
        instant.advanced(by: duration)
    }

    /// The time from `earlier` to `later`.
    @inlinable
    package static func - (later: Instant, earlier: Instant) -> Duration {
        earlier.duration(to: later)
    }

    /// Whether one instant is earlier than another.
    @inlinable
    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
