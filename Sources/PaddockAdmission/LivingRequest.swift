// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A request that waits or holds a slot, with all that an admission knew of it when it arrived.
package struct LivingRequest: Sendable {
    /// Which it is.
    package let ticket: Ticket
    /// What it is.
    package let request: ArrivingRequest
    /// When it arrived.
    package let arrived: Instant
    /// Where it holds a slot; nil while it waits.
    package let backend: BackendIndex?
}
