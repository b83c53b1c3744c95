// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Lines of a name and a number, as the kernel writes them in many files.
enum NamedNumbers {
    /// Reads `name 12` and `Name:  12 kB`; a colon stays part of the name, a unit and any other line are skipped.
    static func parse(_ text: String) -> [Substring: UInt64] {
        var result: [Substring: UInt64] = [:]
        // As bytes: searching for whole characters takes several times as long, and these files are read often.
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(maxSplits: 2) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard words.count >= 2, let number = UInt64(Substring(words[1])) else { continue }
            result[Substring(words[0])] = number
        }
        return result
    }
}
