// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

extension Nanoseconds {
    /// The length in seconds, without decimals if there are none.
    package var secondsText: String {
        let (seconds, rest) = self.count.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest == 0 ? "\(seconds)" : "\(self / .seconds(1))"
    }

    /// The length in seconds for people: with one decimal below ten seconds, and none above.
    package var shortSecondsText: String {
        let tenths = self.count / 100_000_000
        guard 0..<100 ~= tenths, tenths % 10 != 0 else { return "\(tenths / 10)" }
        return "\(tenths / 10).\(tenths % 10)"
    }
}
