// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Origins of web pages as text.
enum OriginText {
    /// Reads an origin, or a pattern of origins with one asterisk, in lower case, as browsers send them.
    static func parse(_ text: String) throws(InvalidValue) -> String {
        if text == "*" { return text }
        guard 1...256 ~= text.utf8.count, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw InvalidValue("\(text.shown) is not an origin")
        }
        guard text.utf8.filter({ $0 == UInt8(ascii: "*") }).count <= 1 else {
            throw InvalidValue("\(text.shown) has more than one *")
        }
        guard let scheme = text.firstRange(of: "://") else {
            throw InvalidValue("\(text.shown) has no scheme such as http://")
        }
        guard scheme.lowerBound > text.startIndex, !text[scheme.upperBound...].contains("/") else {
            throw InvalidValue("\(text.shown) has a path, which an origin does not have")
        }
        return text.lowercased()
    }
}
