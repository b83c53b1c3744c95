// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// The entries of a list in a JSON object, as ranges of its bytes.
///
/// Nothing is decoded, so that numbers, order and unknown members stay unchanged, and a list of many
/// megabytes takes three passes over its bytes.
struct JSONList {
    /// One entry.
    struct Entry {
        /// Its range.
        var range: Range<Int>
        /// Its name; nil if it has none.
        var name: String?
    }

    private(set) var entries: [Entry] = []
    /// The whole text.
    let bytes: [UInt8]

    /// Reads a list.
    ///
    /// - Parameters:
    ///   - key: the member of the object that is the list; of several of that name the last. A list of null is an empty one, as Go
    ///     writes it.
    ///   - nameKey: the member of an entry with its name.
    ///   - bytes: the whole text.
    /// - Returns: nil if it is not JSON, not an object, or an object without such a list.
    init?(_ key: String, namedBy nameKey: String, in bytes: [UInt8]) {
        self.bytes = bytes
        var cursor = JSONCursor(bytes)
        var list: Range<Int>?
        let isObject = cursor.readObject { name, value in
            if self.text(name) == key { list = value }
        }
        guard isObject, cursor.isAtEnd, let list else { return nil }
        if bytes[list].elementsEqual("null".utf8) { return }
        var inner = JSONCursor(bytes, from: list.lowerBound)
        var ranges: [Range<Int>] = []
        guard inner.readArray({ ranges.append($0) }) else { return nil }
        self.entries = ranges.map { Entry(range: $0, name: self.name(of: $0, nameKey)) }
    }

    private func name(of entry: Range<Int>, _ nameKey: String) -> String? { self.text(of: entry, nameKey) }

    /// The text of a member of an entry; nil if it has none of that name that is a text.
    func text(of entry: Range<Int>, _ key: String) -> String? {
        guard let value = self.member(key, of: entry), self.bytes[value.lowerBound] == UInt8(ascii: "\"") else {
            return nil
        }
        return self.text(value)
    }

    /// The whole number of a member of an entry; nil if it has none of that name that is one.
    func integer(of entry: Range<Int>, _ key: String) -> Int64? {
        self.member(key, of: entry).flatMap { Int64(String(decoding: self.bytes[$0], as: UTF8.self)) }
    }

    private func member(_ key: String, of entry: Range<Int>) -> Range<Int>? {
        guard self.bytes[entry.lowerBound] == UInt8(ascii: "{") else { return nil }
        var cursor = JSONCursor(self.bytes, from: entry.lowerBound)
        var found: Range<Int>?
        _ = cursor.readObject { name, value in
            if self.text(name) == key { found = value }
        }
        return found
    }

    /// The text of a string whose quotes are at the ends of a range.
    private func text(_ string: Range<Int>) -> String {
        let inside = self.bytes[(string.lowerBound + 1)..<(string.upperBound - 1)]
        guard inside.contains(UInt8(ascii: "\\")) else { return String(decoding: inside, as: UTF8.self) }
        let decoded = try? JSONDecoder().decode(String.self, from: Data(self.bytes[string]))
        return decoded ?? String(decoding: inside, as: UTF8.self)
    }
}
