// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What the admission wants done on a backend.
package enum BackendCommand: Hashable, Sendable {
    /// Unload a model of which nothing is active there, and say so by ``AdmissionController/unloaded(_:on:now:)``.
    case unload(ModelName, BackendIndex)
    /// Load a model that is pinned, and say so by ``AdmissionController/preloaded(_:on:succeeded:now:)``.
    case load(ModelName, BackendIndex)
    /// Look what it has loaded, and say so by ``AdmissionController/observe(_:on:asked:now:)``: something may have been evicted.
    case look(BackendIndex)

    /// Which backend.
    package var backend: BackendIndex {
        switch self {
        case .unload(_, let backend), .load(_, let backend), .look(let backend): backend
        }
    }
}
