// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockHTTP

/// A client as the file's `clients` declares it.
package struct DeclaredClient: Equatable, Sendable {
    /// How a client's requests are treated.
    package enum Class: String, CaseIterable, Sendable {
        /// As each request asks.
        case interactive
        /// All as batch.
        case batch
    }

    /// Its name, 1 to 64 of `A-Za-z0-9._-`, and no address.
    package var name: String

    /// The hash of its key.
    package var keyHash: KeyHash?

    /// Its part of the service against that of the others, 0.01 to 100.
    ///
    /// Defaults to 1.
    package var weight = 1.0

    /// The best class that its requests can have.
    ///
    /// Defaults to `interactive`.
    package var ceiling = Class.interactive

    /// Makes a client with the defaults, which has no key yet.
    package init(name: String) {
        self.name = name
    }
}
