// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// A header field as text.
struct HeaderField: Equatable, Sendable {
    /// The name, as it came.
    var name: String
    /// The value, without blanks around it.
    var value: String
}

extension MessageHead {
    /// The fields that are not about the connection alone, as text.
    func endToEndFields(_ bytes: Span<UInt8>) -> [HeaderField] {
        self.fields.compactMap { field in
            field.isHopByHop
                ? nil : HeaderField(name: bytes.text(field.name), value: bytes.text(field.value))
        }
    }
}
