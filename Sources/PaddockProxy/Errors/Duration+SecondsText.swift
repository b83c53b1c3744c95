// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// The duration in seconds, without decimals if there are none.
    package var secondsText: String {
        let (seconds, attoseconds) = self.components
        return attoseconds == 0
            ? "\(seconds)" : "\(Double(seconds) + Double(attoseconds) / 1_000_000_000_000_000_000)"
    }

    /// The duration in seconds for people: with one decimal below ten seconds, and none above.
    package var shortSecondsText: String {
        let (seconds, attoseconds) = self.components
        let tenths = seconds.multipliedReportingOverflow(by: 10).partialValue + attoseconds / 100_000_000_000_000_000
        guard 0..<100 ~= tenths, tenths % 10 != 0 else { return "\(seconds)" }
        return "\(seconds).\(tenths % 10)"
    }
}
