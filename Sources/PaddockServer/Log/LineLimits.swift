// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockBase

/// How lines gather in the lanes of a `LineWriter`.
struct LineLimits: Sendable {
    /// How long lines gather before they are written.
    static let gatherTime = TimeAmount.milliseconds(200)
    /// Between two reports of a loss.
    static let reportInterval = TimeAmount.seconds(10)

    /// So many entries in a lane are written without waiting longer.
    var batchEntries = 512
    /// The most entries that a lane holds; as many more may be on their way out.
    var laneEntries = 4_096
}
