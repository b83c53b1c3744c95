// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A number as it is written, so that one that is passed on loses no digit.
///
/// Two numbers are equal if they are written alike: `1` and `1.0` are not.
package struct JSONNumber: Hashable, Sendable {
    /// The number in the grammar of RFC 8259 §6.
    package let text: String

    /// - Parameter text: a number in the grammar of RFC 8259, which is not checked.
    init(verbatim text: String) { self.text = text }

    /// A whole number.
    package init(_ value: some BinaryInteger) { self.text = String(value) }

    /// A number, as short as it can be written without loss; nil if it is not finite, which JSON cannot say.
    package init?(_ value: Double) {
        guard value.isFinite else { return nil }
        self.text = value.description
    }

    /// The number if it is whole and fits, whether or not it is written with a fraction or an exponent.
    package var integer: Int? { Int(self.text) ?? Double(self.text).flatMap { Int(exactly: $0) } }

    /// The nearest number of 64 bits; nil if it is too large for one.
    package var double: Double? { Double(self.text).flatMap { $0.isFinite ? $0 : nil } }
}
