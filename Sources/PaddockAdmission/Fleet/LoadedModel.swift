// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A model that a backend lists as loaded (`/api/ps` of Ollama).
package struct LoadedModel: Hashable, Sendable {
    /// How many a backend may list; of more the first count.
    package static let most = 64

    /// Its name.
    package let name: ModelName
    /// Its memory in bytes, on whatever device; 0 if it was not said.
    package let bytes: Int64
    /// When Ollama unloads it by itself; `nil` for never, or if it was not said.
    package let expiresAt: Instant?
    /// The context length of its runner in tokens; `nil` if it was not said.
    package let contextLength: Int64?

    /// Makes an entry of such a list.
    package init(name: ModelName, bytes: Int64 = 0, expiresAt: Instant? = nil, contextLength: Int64? = nil) {
        self.name = name
        self.bytes = bytes
        self.expiresAt = expiresAt
        self.contextLength = contextLength
    }
}
