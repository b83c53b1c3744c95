// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What happens to requests for a model that is to make room for another one while it still serves requests.
package enum VictimRule: Equatable, Sendable {
    /// They wait until it is gone, and it is loaded again for them.
    case closed
    /// They are served: the model goes when it has no requests for a moment, so steady traffic keeps it for ever.
    case resurrected
    /// They are served, and their `keep_alive` replaces the order to go. The loader waits for ever for the memory, so no model is
    /// loaded any more; loaded models go on. This is ollama/ollama#17408.
    case wedging
}
