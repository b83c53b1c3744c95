// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// SplitMix64 (Steele, Lea, Flood 2014): the same arrivals in each run.
struct Random {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    /// From 0 to below 1.
    mutating func fraction() -> Double {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((value ^ (value >> 31)) >> 11) / 9_007_199_254_740_992
    }

    /// An exponential time in seconds.
    mutating func exponential(mean: Double) -> Double { -log(1 - self.fraction()) * mean }
}
