// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Yams

extension YAMLDocument {
    /// One line of a map.
    struct Entry {
        /// The key.
        let name: String
        /// The line of the key.
        let line: Int
        /// The value.
        let value: Node
    }

    /// The entries of a map in the order of the file, each key once.
    ///
    /// The parser has refused most duplicates already; those left are spelled alike under different YAML types.
    func entries(of mapping: Node.Mapping) throws(ConfigurationError) -> [Entry] {
        var entries: [Entry] = []
        var lines: [String: Int] = [:]
        for (key, value) in mapping {
            let line = key.mark?.line ?? mapping.mark?.line ?? 1
            guard case .scalar(let scalar) = key else {
                throw ConfigurationError(
                    place: self.source(line: line).description,
                    problem: "\(key.kindName) is a key",
                    remedy: "give lines such as port: 8080"
                )
            }
            if let first = lines.updateValue(line, forKey: scalar.string) {
                throw .duplicate(scalar.string.escaped(), first: first, second: line, in: self.name)
            }
            entries.append(Entry(name: scalar.string, line: line, value: value))
        }
        return entries
    }

    /// The error of a key that nobody reads.
    ///
    /// - Parameters:
    ///   - entry: The key and its line.
    ///   - path: The key as the message names it.
    ///   - spellings: The names that are known in that place, each with its key.
    /// - Returns: The error, which suggests the nearest of the names.
    func unknownKey(
        _ entry: Entry,
        in path: String,
        among spellings: [(name: String, key: String)]
    ) -> ConfigurationError {
        let remedy: String
        if let nearest = NearestKey.find(entry.name, among: spellings) {
            remedy = "did you mean \(nearest)?"
        } else {
            var keys: [String] = []
            for spelling in spellings where !keys.contains(spelling.key) {
                keys.append(spelling.key)
            }
            remedy = "give " + (keys.count == 1 ? "" : "one of ") + keys.joined(separator: ", ")
        }
        return ConfigurationError(
            place: self.source(line: entry.line).description,
            key: path,
            problem: "unknown key",
            remedy: remedy
        )
    }
}
