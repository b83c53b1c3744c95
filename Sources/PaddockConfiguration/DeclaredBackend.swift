// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A backend as the configuration declares it: its address, and what holds for it alone.
package struct DeclaredBackend: Hashable, Sendable {
    /// Where it listens.
    package var url: BackendURL

    /// How many requests of all models together may be active on it, 1 to 10,000.
    ///
    /// Defaults to `nil`: that is left to the limits of the models.
    package var slots: Int?

    /// What it is sent as `Authorization: Bearer` in place of the client's credentials.
    ///
    /// Defaults to `nil`: what the client sent.
    package var apiKey: Secret?

    /// The file that the key was read from.
    ///
    /// Defaults to `nil`: the key stands in the configuration, or there is none.
    package var apiKeyFile: String?

    /// Makes a backend of which nothing but the address is said.
    package init(_ url: BackendURL) {
        self.url = url
    }
}
