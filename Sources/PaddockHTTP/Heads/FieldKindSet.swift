// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A set of kinds of header fields.
///
/// Its members are inlined into other modules: they are a few instructions each, and heads ask for two dozen kinds.
@usableFromInline
package struct FieldKindSet: Equatable, Sendable, ExpressibleByArrayLiteral {
    /// The kinds, each the bit of its number.
    @usableFromInline
    package var bits: UInt32 = 0

    /// The empty set.
    @inlinable
    package init() {}

    /// A set of one kind.
    @inlinable
    package init(_ kind: FieldKind) { self.insert(kind) }

    /// A set of several kinds.
    @inlinable
    package init(arrayLiteral kinds: FieldKind...) {
        for kind in kinds { self.insert(kind) }
    }

    /// Adds a kind.
    @inlinable
    package mutating func insert(_ kind: FieldKind) { self.bits |= Self.bit(kind) }

    /// Whether a kind is in it.
    @inlinable
    package func contains(_ kind: FieldKind) -> Bool { self.bits & Self.bit(kind) != 0 }

    /// An enum without payloads is the number of its case.
    @inlinable
    package static func bit(_ kind: FieldKind) -> UInt32 { 1 &<< UInt32(unsafeBitCast(kind, to: UInt8.self)) }
}
