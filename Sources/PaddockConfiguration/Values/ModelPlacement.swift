// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Which backends a model may be on.
package enum ModelPlacement: Equatable, Sendable {
    /// Any.
    case anywhere
    /// These alone; at least one.
    case only([BackendURL])
    /// Any but these; at least one.
    case except([BackendURL])

    /// Whether the model may be on a backend.
    package func allows(_ backend: BackendURL) -> Bool {
        switch self {
        case .anywhere: true
        case .only(let backends): backends.contains(backend)
        case .except(let backends): !backends.contains(backend)
        }
    }

    /// The backends that the model is bound to, if it is.
    var only: [BackendURL]? {
        guard case .only(let backends) = self else { return nil }
        return backends
    }

    /// The backends that the model is kept off, if there are any.
    var except: [BackendURL]? {
        guard case .except(let backends) = self else { return nil }
        return backends
    }
}
