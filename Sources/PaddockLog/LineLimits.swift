// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// How lines gather in the lanes of a `LineWriter`.
@usableFromInline
package struct LineLimits: Sendable {
    /// How long lines gather before they are written.
    @usableFromInline package static let gatherTime = TimeAmount.milliseconds(200)
    /// Between two reports of a loss.
    @usableFromInline package static let reportInterval = TimeAmount.seconds(10)

    /// The number of entries in a lane that are written without waiting longer.
    @usableFromInline package var batchEntries: Int
    /// The most entries that a lane holds; as many more may be on their way to the file.
    @usableFromInline package var laneEntries: Int

    /// Makes limits.
    package init(batchEntries: Int = 512, laneEntries: Int = 4_096) {
        self.batchEntries = batchEntries
        self.laneEntries = laneEntries
    }
}
