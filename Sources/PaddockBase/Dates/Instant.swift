// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A point on a monotonic clock, in whole nanoseconds since an origin that only the clock knows.
///
/// Every event of the admission machine carries one, so that the machine never reads a clock: the byte path passes the
/// time of its event loop, tests and simulations pass whatever they like.
@usableFromInline
package struct Instant: Hashable, Comparable, Sendable {
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

    /// The instant that is so much later, at most ``distantFuture``.
    ///
    /// - Parameter length: How much later; negative for earlier.
    /// - Returns: The instant; one out of range becomes the nearest that can be written.
    @inlinable
    package func advanced(by length: Nanoseconds) -> Instant {
        Instant(nanoseconds: (Nanoseconds(self.nanoseconds) + length).count)
    }

    /// The time from this instant to another.
    ///
    /// - Parameter other: The other instant.
    /// - Returns: A negative length if `other` is the earlier one.
    @inlinable
    package func duration(to other: Instant) -> Nanoseconds {
        Nanoseconds(other.nanoseconds) - Nanoseconds(self.nanoseconds)
    }

    /// The instant that is so much later.
    @inlinable
    package static func + (instant: Instant, length: Nanoseconds) -> Instant { instant.advanced(by: length) }

    /// The time from `earlier` to `later`.
    @inlinable
    package static func - (later: Instant, earlier: Instant) -> Nanoseconds { earlier.duration(to: later) }

    /// Whether one instant is earlier than another.
    @inlinable
    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
