// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a request whose time is up was waiting for.
///
/// The raw values are what clients and operators see as `cause` (contract section 5).
package enum TimeoutCause: String, CaseIterable, Sendable {
    /// It had no slot yet.
    case waiting
    /// A backend had it and had not begun to answer.
    case backendSilent = "backend_silent"
    /// Part of a streamed reply had gone to the client, and nothing more came.
    case streamStalled = "stream_stalled"
    /// Part of another reply had gone to the client, and its end did not come.
    case replyUnfinished = "reply_unfinished"
}
