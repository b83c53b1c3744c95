// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A length of time in whole nanoseconds; may be negative.
///
/// In place of `Duration` wherever time is counted for each request: eight bytes, and arithmetic of a few instructions. A result
/// that is out of range, 292 years, becomes the nearest that can be written. `Duration` is for configuration and timers.
@usableFromInline
package struct Nanoseconds: Hashable, Comparable, Sendable {
    /// How many nanoseconds.
    @usableFromInline package let count: Int64

    /// Makes a length of so many nanoseconds.
    @inlinable
    package init(_ count: Int64) { self.count = count }

    /// Makes the length of a duration. What is finer than a nanosecond is dropped.
    package init(_ duration: Duration) { self.init(Int64(clamping: duration.attoseconds / 1_000_000_000)) }

    /// No time at all.
    package static let zero = Nanoseconds(0)

    /// A length in nanoseconds.
    @inlinable
    package static func nanoseconds(_ count: some BinaryInteger) -> Nanoseconds { Nanoseconds(Int64(count)) }

    /// A length in microseconds.
    @inlinable
    package static func microseconds(_ count: Int) -> Nanoseconds { Nanoseconds(1_000) * count }

    /// A length in milliseconds.
    @inlinable
    package static func milliseconds(_ count: Int) -> Nanoseconds { Nanoseconds(1_000_000) * count }

    /// A length in seconds.
    @inlinable
    package static func seconds(_ count: Int) -> Nanoseconds { Nanoseconds(1_000_000_000) * count }

    /// The length in milliseconds.
    package var milliseconds: Double { Double(self.count) / 1_000_000 }

    /// Whether one length is shorter than another.
    @inlinable
    package static func < (left: Nanoseconds, right: Nanoseconds) -> Bool { left.count < right.count }

    /// Both lengths together.
    @inlinable
    package static func + (left: Nanoseconds, right: Nanoseconds) -> Nanoseconds {
        let (sum, overflows) = left.count.addingReportingOverflow(right.count)
        return Nanoseconds(overflows ? (right.count < 0 ? .min : .max) : sum)
    }

    /// What one length is longer than another.
    @inlinable
    package static func - (left: Nanoseconds, right: Nanoseconds) -> Nanoseconds {
        let (difference, overflows) = left.count.subtractingReportingOverflow(right.count)
        return Nanoseconds(overflows ? (right.count < 0 ? .max : .min) : difference)
    }

    /// The length so many times.
    @inlinable
    package static func * (length: Nanoseconds, factor: Int) -> Nanoseconds {
        let (product, overflows) = length.count.multipliedReportingOverflow(by: Int64(factor))
        return Nanoseconds(overflows ? ((length.count < 0) == (factor < 0) ? .max : .min) : product)
    }

    /// A part of the length, rounded towards zero.
    @inlinable
    package static func / (length: Nanoseconds, divisor: Int) -> Nanoseconds {
        Nanoseconds(length.count / Int64(divisor))
    }

    /// How many times one length goes into another.
    @inlinable
    package static func / (left: Nanoseconds, right: Nanoseconds) -> Double { Double(left.count) / Double(right.count) }

    /// Makes a length longer.
    @inlinable
    package static func += (left: inout Nanoseconds, right: Nanoseconds) { left = left + right }
}

extension Duration {
    /// The same length of time.
    package init(_ length: Nanoseconds) { self = .nanoseconds(length.count) }
}
