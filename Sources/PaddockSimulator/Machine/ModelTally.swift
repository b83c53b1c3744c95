// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What has happened to one model, loaded or not.
package struct ModelTally: Equatable, Sendable {
    /// Requests that have arrived for it.
    package internal(set) var requests = 0
    /// Those of them that were refused.
    package internal(set) var errors = 0
    /// How often it was loaded.
    package internal(set) var loads = 0
    /// How often it was unloaded, for whatever reason.
    package internal(set) var unloads = 0
}
