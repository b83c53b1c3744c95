// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The last value of `model` that arrived in one piece, and its meaning.
///
/// Most requests name the model of the one before them, and to compare is a fraction of the work of making a text.
struct LastModelField: Sendable {
    private var bytes: [UInt8] = []
    private var field = ModelField.invalid(.empty)

    /// What a value means.
    ///
    /// - Parameter value: the string of the body, without its quotes, with no escapes in it.
    mutating func field(of value: Span<UInt8>) -> ModelField {
        if self.isLast(value) { return self.field }
        let field = ModelNameCapture.wholeString(value)
        if value.count <= ModelField.maxBytes {
            self.bytes.removeAll(keepingCapacity: true)
            value.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
            self.field = field
        }
        return field
    }

    private func isLast(_ value: Span<UInt8>) -> Bool {
        guard value.count == self.bytes.count else { return false }
        return self.bytes.withUnsafeBytes { last in
            value.withUnsafeBytes { value in
                guard let value = value.baseAddress, let start = last.baseAddress, last.count > 0 else { return false }
                return start.equals(value, length: last.count)
            }
        }
    }
}
