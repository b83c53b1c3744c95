// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockReplay

/// A trace, and what it comes to with different settings.
struct WhatIf {
    /// One setting and what it gives.
    struct Column {
        let name: String
        /// The gateway; nil for the one that recorded the trace.
        let setting: ReplaySetting?
        let summary: ReplaySummary
    }

    /// The file.
    let path: String
    let requests: Int
    /// Lines that were no part of a trace.
    let skipped: Int
    let models: Int
    let clients: Int
    /// The names of the busiest clients; the summaries list them in this order.
    let busiest: [String]
    let columns: [Column]
}
