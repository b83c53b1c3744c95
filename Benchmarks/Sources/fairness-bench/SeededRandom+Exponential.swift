// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import PaddockBase

extension SeededRandom {
    /// An exponential time in seconds.
    mutating func exponential(mean: Double) -> Double { -log(1 - self.unit()) * mean }
}
