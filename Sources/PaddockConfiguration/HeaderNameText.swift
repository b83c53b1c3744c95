// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// Names of header fields as text.
enum HeaderNameText {
    /// Reads a name, in lower case.
    static func parse(_ text: String) throws(InvalidValue) -> String {
        guard 1...64 ~= text.utf8.count, text.utf8.allSatisfy(\.isTokenByte) else {
            throw InvalidValue("\(text.shown) is no name of a header")
        }
        return text.lowercased()
    }
}
