// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// An event that a client which follows events does not have yet.
struct FollowedEvent {
    /// Where it happened, as in an ``EventCursor``.
    let gateway: String
    /// Its number there.
    let number: Int
    /// Makes what the client gets of it; nil if it does not want it. A client that reads slowly has many before it that are not sent now.
    let data: () -> JSONText?
}
