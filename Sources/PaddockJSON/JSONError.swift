// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a text is not JSON, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, in a few words.
    package let reason: String
    /// The first byte that does not fit, counted from 0; the length of the text if it ends too early.
    package let offset: Int

    package var description: String { "\(self.reason) at byte \(self.offset)" }
}
