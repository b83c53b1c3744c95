// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a JSON body has besides its model that matters for queueing.
package struct BodyHints: Equatable, Sendable {
    /// The top-level `stream`; `nil` if there is none, so that the route decides.
    package var stream: Bool?
    /// Whether the top-level `service_tier` is `flex`, OpenAI's word for a request that can wait.
    package var isFlexTier = false
    /// Whether the top-level `keep_alive` may be zero: a cheap check that decides whether ``UnloadRequest`` is needed.
    package var mayUnload = false

    /// Nothing.
    package init() {}
}
