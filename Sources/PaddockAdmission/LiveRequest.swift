// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What sums over live requests are made of: whose it is, and since when it waits and runs.
package struct LiveRequest: Hashable, Sendable {
    /// Whose it is.
    package let client: Client
    /// Its model.
    package let model: ModelName
    /// Its class.
    package let requestClass: RequestClass
    /// When it arrived.
    package let arrived: Instant
    /// When it got its slot; nil while it waits.
    package let started: Instant?
}
