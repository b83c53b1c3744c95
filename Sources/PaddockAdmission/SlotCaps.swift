// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What a member of a cluster may use of the limits for now, as others may use the rest.
package struct SlotCaps: Sendable {
    /// How many requests may be active, at most the limit; below 1 for none.
    ///
    /// - Parameters:
    ///   - limit: the limit; `.max` if there is none.
    ///   - model: the model that it is for; nil for all models together.
    ///   - backend: the backend.
    package typealias Cap = @Sendable (_ limit: Int, _ model: ModelName?, _ backend: BackendIndex) -> Int

    let cap: Cap

    /// Makes caps of a pure function.
    package init(_ cap: @escaping Cap) { self.cap = cap }

    /// Nothing at all: somebody else says what starts.
    package static let nothing = SlotCaps { _, _, _ in 0 }
}
