// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The limits of one model, as the file's `models` names them.
package struct ModelLimits: Equatable, Sendable {
    /// The model's normalised name.
    package var model: String

    /// How many of its requests run at once on one backend, 1 to 10,000; `nil` leaves the general limit.
    package var parallelLimit: Int?

    /// How many of its requests may wait, 0 to 10,000,000; `nil` leaves the general limit.
    package var queueLimit: Int?

    /// Makes the limits of a model.
    ///
    /// - Parameters:
    ///   - model: The model's normalised name.
    ///   - parallelLimit: How many of its requests run at once, or `nil`.
    ///   - queueLimit: How many of its requests may wait, or `nil`.
    package init(model: String, parallelLimit: Int? = nil, queueLimit: Int? = nil) {
        self.model = model
        self.parallelLimit = parallelLimit
        self.queueLimit = queueLimit
    }
}
