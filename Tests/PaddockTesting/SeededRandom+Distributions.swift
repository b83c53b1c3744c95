// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase
import PaddockSystem

extension SeededRandom {
    /// A number of an exponential distribution, such as the time until the next arrival.
    package mutating func exponential(mean: Double) -> Double { -mean * log(1 - self.unit()) }

    /// A number of the standard normal distribution, by the method of Box and Muller.
    package mutating func normal() -> Double {
        let radius = (-2 * log(1 - self.unit())).squareRoot()
        return radius * cos(2 * .pi * self.unit())
    }

    /// A number whose logarithm is normal.
    ///
    /// - Parameters:
    ///   - median: Half of the numbers are below it.
    ///   - sigma: The standard deviation of the logarithm.
    package mutating func logNormal(median: Double, sigma: Double) -> Double { median * exp(sigma * self.normal()) }
}
