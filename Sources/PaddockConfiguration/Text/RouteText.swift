// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Paths of routes as text.
enum RouteText {
    private static let maxBytes = 256

    /// Reads a path as it is matched: decoded and without anything that a server could read in two ways.
    static func parse(_ text: String) throws(InvalidValue) -> String {
        guard text.hasPrefix("/") else { throw InvalidValue("\(text.shown) does not begin with /") }
        guard text.utf8.count <= self.maxBytes else {
            throw InvalidValue("\(text.shown) has more than \(self.maxBytes) characters")
        }
        guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && !"?#%\\*".utf8.contains($0) }) else {
            throw InvalidValue(
                "\(text.shown) has a character that is not allowed here, such as a blank, ?, %, # or *"
            )
        }
        let segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard text == "/" || !segments.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw InvalidValue("\(text.shown) has an empty or a dot segment, or ends with a slash")
        }
        return text
    }
}
