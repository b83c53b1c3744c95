// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The time that a job has: `24h`, or another whole number of hours or days up to 30 days.
package struct BatchWindow: Equatable, Sendable {
    /// The time in seconds: 3,600 to 2,592,000.
    package let seconds: Int

    /// Reads `completion_window`.
    ///
    /// - Parameter text: `1h` to `720h`, or `1d` to `30d`.
    /// - Returns: nil for all else.
    package init?(_ text: String) {
        let digits = text.utf8.dropLast()
        guard (1...3).contains(digits.count), digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            digits.first != UInt8(ascii: "0"), let count = Int(text.dropLast())
        else { return nil }
        switch text.utf8.last {
        case UInt8(ascii: "h") where count <= 720: self.seconds = count * 3600
        case UInt8(ascii: "d") where count <= 30: self.seconds = count * 86_400
        default: return nil
        }
    }
}
