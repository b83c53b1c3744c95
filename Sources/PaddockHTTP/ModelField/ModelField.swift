// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The model of a request, or why there is none: the result of every scanner in this folder.
package enum ModelField: Equatable, Sendable {
    /// The model as the client wrote it, decoded but neither trimmed nor normalised: 1 to `maxBytes` bytes of UTF-8.
    case model(String)
    /// There is no model; the request is answered with 400.
    case invalid(ModelFieldProblem)

    /// The longest model in bytes of UTF-8: 256.
    package static let maxBytes = 256

    /// The value of a form field or of a query parameter, which are used unchanged.
    ///
    /// A backend compares such a value byte by byte, so bytes that are not UTF-8 are a problem and never replaced.
    init(value: Span<UInt8>) {
        guard !value.isEmpty else {
            self = .invalid(.empty)
            return
        }
        guard value.count <= Self.maxBytes else {
            self = .invalid(.tooLong)
            return
        }
        var allBits: UInt8 = 0
        for index in value.indices { allBits |= value[index] }
        let isASCII = allBits < 0x80
        let text = value.withUnsafeBufferPointer { bytes in
            // The check is generic code that costs ten times the rest.
            isASCII ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
        }
        self = text.map { .model($0) } ?? .invalid(.notUTF8)
    }
}
