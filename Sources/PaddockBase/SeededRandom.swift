// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A random number generator that gives the same numbers for the same seed, on every machine: SplitMix64, of Steele, Lea and
/// Flood (https://doi.org/10.1145/2660193.2660195).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameter seed: any number.
    package init(seed: UInt64) { self.state = seed }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to but not including 1.
    package mutating func unit() -> Double { Double(self.next() >> 11) * 0x1p-53 }

    /// A number from 0 up to but not including `bound`, or 0 if that is below 1. The tiny bias of the remainder does not matter
    /// to its users.
    package mutating func number(below bound: Int) -> Int {
        Int(truncatingIfNeeded: self.next() % UInt64(max(1, bound)))
    }
}
