// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How much a request is in a hurry (contract section 11).
@usableFromInline
package enum RequestClass: UInt8, Hashable, Sendable, CaseIterable {
    /// Somebody waits for the answer.
    case interactive
    /// Nobody does: it takes what interactive requests leave, and a guaranteed share.
    case batch

    /// Whether two classes are the same.
    @inlinable
    package static func == (left: RequestClass, right: RequestClass) -> Bool {
        switch (left, right) {
        case (.interactive, .interactive), (.batch, .batch): true
        case (.interactive, .batch), (.batch, .interactive): false
        }
    }

    /// The name, as configuration and listings spell it.
    @inlinable
    package var name: String {
        switch self {
        case .interactive: "interactive"
        case .batch: "batch"
        }
    }
}
