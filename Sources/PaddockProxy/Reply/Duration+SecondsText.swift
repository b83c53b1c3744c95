// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// The duration in seconds, without decimals where there are none.
    package var secondsText: String {
        let (seconds, attoseconds) = self.components
        return attoseconds == 0
            ? "\(seconds)" : "\(Double(seconds) + Double(attoseconds) / 1_000_000_000_000_000_000)"
    }
}
