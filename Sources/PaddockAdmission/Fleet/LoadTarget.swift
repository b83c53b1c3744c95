// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What a backend would load next.
struct LoadTarget {
    let runner: RunnerIndex
    /// What has to go.
    let victims: [Resident]
    let reason: Resident.Reason
    /// How long it takes, in nanoseconds.
    let loadTime: Int64
}
