// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockSystem

/// How long loads take. The same seed gives the same times.
struct LoadTimes: Sendable {
    private let hardware: Hardware
    private var random: SeededRandom

    init(_ hardware: Hardware) {
        self.hardware = hardware
        self.random = SeededRandom(seed: hardware.seed)
    }

    /// Nanoseconds of the next load.
    ///
    /// - Parameter bytes: The size of the model.
    mutating func next(bytes: Int64) -> Int64 {
        var time = Double(self.hardware.loadNanoseconds)
        if let perByte = self.hardware.loadNanosecondsPerByte { time = Double(bytes) * perByte }
        if self.hardware.jitter > 0 {
            // A logarithm with a normal distribution, by the method of Box and Muller; the mean of the times stays what it is.
            let radius = (-2 * log(1 - self.random.unit())).squareRoot()
            let normal = radius * cos(2 * .pi * self.random.unit())
            time *= exp(self.hardware.jitter * normal - self.hardware.jitter * self.hardware.jitter / 2)
        }
        return Int64(min(max(time, 0), 1e18).rounded())
    }
}
