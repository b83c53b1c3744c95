// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

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
        do throws(JSONError) {
            var text = JSONReader(bytes)
            guard let list = try Self.member(key, of: &text) else { return nil }
            try text.finish()
            var reader = JSONReader(bytes, in: list)
            if try reader.readNull() { return }
            try reader.beginArray()
            while try reader.nextElement() {
                let range = try reader.skipValue()
                self.entries.append(Entry(range: range, name: self.text(of: range, nameKey)))
            }
        } catch {
            return nil
        }
    }

    /// The text of a member of an entry; nil if it has none of that name that is a text.
    func text(of entry: Range<Int>, _ key: String) -> String? {
        var value = self.member(key, of: entry)
        return try? value?.readString()
    }

    /// The whole number of a member of an entry; nil if it has none of that name that is one.
    func integer(of entry: Range<Int>, _ key: String) -> Int64? {
        var value = self.member(key, of: entry)
        return (try? value?.readNumber().integer).map { Int64($0) }
    }

    private func member(_ key: String, of entry: Range<Int>) -> JSONReader? {
        var reader = JSONReader(self.bytes, in: entry)
        let value = try? Self.member(key, of: &reader)
        return value.map { JSONReader(self.bytes, in: $0) }
    }

    /// Passes over an object.
    ///
    /// - Returns: where the value of a member is, of several the last; nil if there is none.
    private static func member(_ key: String, of object: inout JSONReader) throws(JSONError) -> Range<Int>? {
        var found: Range<Int>?
        try object.beginObject()
        while let name = try object.nextName() {
            let value = try object.skipValue()
            if name == key { found = value }
        }
        return found
    }
}
