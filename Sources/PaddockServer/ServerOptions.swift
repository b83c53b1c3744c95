// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockConfiguration

/// What a server is started with: the configuration and what it was worked out from.
package struct ServerOptions: Sendable {
    /// The configuration, every value of it effective.
    package var configuration: Configuration
    /// Where readings of the memory come from.
    package var memory = MemorySource.system

    package init(_ configuration: Configuration) { self.configuration = configuration }
}
