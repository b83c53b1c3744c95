// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Yams

/// Finds the second place of a key that is given twice in one map.
///
/// The YAML parser refuses such a map but reports only the first place.
enum DuplicateKey {
    /// The line of a key's next appearance.
    ///
    /// In a block map it starts in the column of the first, and no other map can hold that column in between. In a
    /// flow map (`{a: 1, a: 2}`) the next appearance of any kind is taken.
    ///
    /// - Returns: The line, or `nil` if the key is written there in another way, such as with escapes.
    static func line(of key: String, after mark: Mark, in text: String) -> Int? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard !key.isEmpty, lines.indices.contains(mark.line - 1) else { return nil }
        let column = mark.column - 1
        for index in lines.indices.dropFirst(mark.line) {
            let scalars = lines[index].unicodeScalars
            if scalars.prefix(column).allSatisfy({ $0 == " " }),
                Self.starts(scalars.dropFirst(column), with: key)
            {
                return index + 1
            }
        }
        for index in lines.indices.dropFirst(mark.line - 1) {
            var rest = lines[index].unicodeScalars[...]
            rest = index == mark.line - 1 ? rest.dropFirst(mark.column) : rest
            while let start = rest.firstIndex(where: { "{, ".unicodeScalars.contains($0) }) {
                rest = rest[rest.index(after: start)...]
                if Self.starts(rest, with: key) {
                    return index + 1
                }
            }
        }
        return nil
    }

    private static func starts(_ text: Substring.UnicodeScalarView.SubSequence, with key: String) -> Bool {
        for quote in ["", "\"", "'"] {
            let quoted = (quote + key + quote).unicodeScalars
            if text.starts(with: quoted), text.dropFirst(quoted.count).first(where: { $0 != " " }) == ":" {
                return true
            }
        }
        return false
    }
}
