// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a JSON body says beside its model that matters for queueing.
package struct BodyHints: Equatable, Sendable {
    /// The top-level `stream`; `nil` where there is none, so that the route decides.
    package var stream: Bool?
    /// Whether the top-level `service_tier` is `flex`, OpenAI's word for a request that can wait.
    package var isFlexTier = false
    /// Whether the top-level `keep_alive` may be zero: a cheap look, that says when ``UnloadRequest`` is worth one.
    package var mayUnload = false

    /// Nothing.
    package init() {}
}
