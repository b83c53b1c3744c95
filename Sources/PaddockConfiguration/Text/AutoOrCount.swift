// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A number that can be left to Paddock.
package enum AutoOrCount: Equatable, Sendable {
    /// Computed at the start.
    case auto
    /// Set by hand.
    case count(Int)
}

extension AutoOrCount: CustomStringConvertible {
    /// The value as it is written in a file: `auto` or the number.
    package var description: String {
        switch self {
        case .auto: "auto"
        case .count(let count): String(count)
        }
    }
}
