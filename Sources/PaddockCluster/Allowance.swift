// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a member may start.
package enum Allowance: Hashable, Sendable {
    /// Nothing.
    case nothing
    /// What the coordinator grants.
    case granted
    /// As many as it held when it lost its coordinator, and no more than its share: what others hold has been counted without
    /// the rest of its share.
    case replacement(Layout)
    /// Its share.
    case share(Layout)
}
