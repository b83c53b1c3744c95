// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Arithmetic on nanoseconds and bytes that comes from outside: what is out of range becomes the nearest that can be written, so that
/// a clock that jumps, or a backend that lies, ends nothing.
extension Int64 {
    /// The sum, within what can be written.
    @inline(__always)
    func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The product, within what can be written.
    @inline(__always)
    func multipliedSaturating(by other: Int64) -> Int64 {
        let (product, overflow) = self.multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }

    /// The difference, within what can be written.
    @inline(__always)
    func subtractingSaturating(_ other: Int64) -> Int64 {
        let (difference, overflow) = self.subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}

extension Instant {
    /// The nanoseconds from an earlier instant to this one; negative if it is the later one.
    @inline(__always)
    func nanoseconds(since earlier: Instant) -> Int64 { self.nanoseconds.subtractingSaturating(earlier.nanoseconds) }
}

extension Instant {
    /// The instant so many nanoseconds later, at most ``distantFuture``.
    func later(by nanoseconds: Int64) -> Instant {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        return overflow ? .distantFuture : Instant(nanoseconds: sum)
    }
}
