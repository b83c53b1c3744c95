// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// An event that a client which follows events does not have yet.
struct FollowedEvent: Sendable {
    /// Where it happened, as in an ``EventCursor``.
    let gateway: String
    /// Its number there.
    let number: Int
    /// What the client gets of it; nil if it does not want it.
    let data: JSONText?
}
