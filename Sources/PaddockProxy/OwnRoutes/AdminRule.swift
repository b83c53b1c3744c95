// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who may change things (contract section 7).
package protocol AdminRule: Sendable {
    /// Why a request is refused, or nil when it may go on.
    ///
    /// Called on the client's event loop, so it must not block.
    func refusal(of request: OwnRequest) -> ErrorReply?

    /// Whether a request carries the admin token.
    func isToken(of request: OwnRequest) -> Bool
}
