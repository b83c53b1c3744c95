// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A set of kinds of header fields.
package struct FieldKindSet: Equatable, Sendable, ExpressibleByArrayLiteral {
    private var bits: UInt32 = 0

    package init(arrayLiteral kinds: FieldKind...) {
        for kind in kinds { self.insert(kind) }
    }

    /// Adds a kind.
    package mutating func insert(_ kind: FieldKind) { self.bits |= 1 << UInt32(kind.rawValue) }

    /// Whether a kind is in it.
    package func contains(_ kind: FieldKind) -> Bool { self.bits & (1 << UInt32(kind.rawValue)) != 0 }
}
