// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What a client may use at most, beside its part of the service (contract section 10).
package struct Quota: Hashable, Sendable {
    /// How many of its requests may hold a slot at once, over all models, at least 1; nil: as many as there are slots. Others of it wait.
    package var parallel: Int?
    /// How many of its requests may wait at once, over all models, at least 0; nil: as many as the queues of the models hold.
    package var queue: Int?
    /// How many of its requests are accepted in any 60 seconds, at least 1; nil: any number.
    package var requestsPerMinute: Int?
    /// How many tokens of prompts and answers it may use in any 60 seconds, at least 1; nil: any number.
    package var tokensPerMinute: Int?
    /// How many tokens of prompts and answers it may use in a day of UTC, at least 1; nil: any number.
    package var tokensPerDay: Int?
    /// The models that it may use; nil: all.
    package var models: [ModelPattern]?

    /// No limits.
    package init() {}

    /// Whether it limits nothing.
    package var isEmpty: Bool { self == Quota() }
}
