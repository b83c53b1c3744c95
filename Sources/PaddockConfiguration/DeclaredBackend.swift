// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A backend as the configuration declares it: its address, and what holds for it alone.
package struct DeclaredBackend: Hashable, Sendable {
    /// Where it listens.
    package var url: BackendURL

    /// Makes a backend of which nothing but the address is said.
    package init(_ url: BackendURL) {
        self.url = url
    }
}
