// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who gets the dashboard's data (contract section 17).
package enum DashboardAccess: String, CaseIterable, Sendable {
    /// Everyone gets what strangers may know; viewers get all.
    case open
    /// Only viewers get any.
    case token
    /// There is no dashboard.
    case off
}
