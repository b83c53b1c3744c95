// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How much a request is in a hurry (contract section 11).
package enum RequestClass: UInt8, Hashable, Sendable, CaseIterable {
    /// Somebody waits for the answer.
    case interactive
    /// Nobody does: it takes what interactive requests leave, and a guaranteed share.
    case batch

    /// The name, as configuration and listings spell it.
    package var name: String {
        switch self {
        case .interactive: "interactive"
        case .batch: "batch"
        }
    }
}
