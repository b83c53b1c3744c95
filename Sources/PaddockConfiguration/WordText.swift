// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Reads a value that is one of a few words.
enum WordText {
    static func parse<Word: RawRepresentable<String> & CaseIterable>(_ text: String) throws(InvalidValue) -> Word {
        guard let word = Word(rawValue: text.lowercased()) else {
            throw InvalidValue("\(text.shown) is none of the words")
        }
        return word
    }
}
