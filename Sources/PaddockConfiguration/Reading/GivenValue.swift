// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Yams

/// A value as a source of the configuration gives it: a text, a list or a map, with the place that messages name.
///
/// A map or list is read only on demand: with aliases a small file can mean a very large tree.
struct GivenValue {
    /// The key that it is for, with the keys of the maps around it, such as `models.llama2.queue_limit`.
    let path: String
    /// Where it is; of an entry of a map the line of its key.
    let source: ConfigurationSource
    private let node: Node

    init(_ node: Node, path: String, source: ConfigurationSource) {
        self.node = node
        self.path = path
        self.source = source
    }

    /// A text of the environment or the command line.
    init(_ text: String, path: String, source: ConfigurationSource) {
        self.init(Self.node(text), path: path, source: source)
    }

    /// A list of texts of the environment or the command line.
    init(_ texts: [String], path: String, source: ConfigurationSource) {
        self.init(.sequence(Node.Sequence(texts.map(Self.node))), path: path, source: source)
    }

    // In quotes, as `null` and `~` mean something in YAML alone.
    private static func node(_ text: String) -> Node { .scalar(Node.Scalar(text, .implicit, .doubleQuoted)) }

    /// The text, or `nil` if it is something else.
    var text: String? {
        guard case .scalar(let scalar) = self.node, !scalar.isNull else { return nil }
        return scalar.string
    }

    /// The elements of the list, or `nil` if it is something else.
    var elements: [GivenValue]? {
        guard case .sequence(let list) = self.node else { return nil }
        return list.map { GivenValue($0, path: self.path, source: self.source.at($0.mark)) }
    }

    /// The entries of the map in the order of the file, each key once; `nil` if it is not a map.
    ///
    /// The parser has refused most duplicates already; those left are spelled alike under different YAML types.
    func entries() throws(ConfigurationError) -> [(name: String, value: GivenValue)]? {
        guard case .mapping(let mapping) = self.node else { return nil }
        var entries: [(name: String, value: GivenValue)] = []
        var sources = Sources()
        for (key, value) in mapping {
            let source = self.source.at(key.mark ?? mapping.mark)
            guard case .scalar(let scalar) = key else {
                throw ConfigurationError(
                    place: source.description,
                    problem: "\(key.kindName) is a key",
                    remedy: "give lines such as port: 8080"
                )
            }
            if let first = sources.updateValue(source, forKey: scalar.string) {
                throw .duplicate(scalar.string, first: first, second: source)
            }
            let name = scalar.string.escaped(maximum: 80)
            let path = self.path.isEmpty ? name : "\(self.path).\(name)"
            entries.append((scalar.string, GivenValue(value, path: path, source: source)))
        }
        return entries
    }

    // MARK: - Errors

    /// The error of a value that is not accepted.
    ///
    /// - Parameters:
    ///   - invalid: what is wrong with it.
    ///   - entry: the entry of it that is meant. Defaults to nil: all of it.
    ///   - wanted: what would be right, unless `invalid` knows better.
    func refusal(_ invalid: InvalidValue, at entry: GivenValue? = nil, wanted: String) -> ConfigurationError {
        ConfigurationError(
            place: (entry ?? self).source.description,
            key: self.path,
            problem: invalid.problem,
            remedy: "give " + (invalid.wanted ?? wanted)
        )
    }

    /// The error of a value that is of another kind, such as a list in place of a number.
    func wrongKind(wanted: String) -> ConfigurationError {
        self.refusal(InvalidValue("\(self.node.kindName) is given"), wanted: wanted)
    }

    /// The error of a key that nothing reads, which suggests the nearest of those that are known.
    ///
    /// - Parameters:
    ///   - name: the key as it was written.
    ///   - spellings: the names that are known in that place, each with its key.
    func unknownKey(_ name: String, among spellings: [(name: String, key: String)]) -> ConfigurationError {
        let remedy: String
        if let nearest = NearestKey.find(name, among: spellings) {
            remedy = "did you mean \(nearest)?"
        } else {
            var keys: [String] = []
            for spelling in spellings where !keys.contains(spelling.key) { keys.append(spelling.key) }
            remedy = "give one of " + keys.joined(separator: ", ")
        }
        return ConfigurationError(
            place: self.source.description,
            key: self.path,
            problem: "unknown key",
            remedy: remedy
        )
    }
}

extension ConfigurationSource {
    /// The same file at a mark; itself without one.
    fileprivate func at(_ mark: Mark?) -> ConfigurationSource {
        guard case .file(let name, _) = self, let mark else { return self }
        return .file(name: name, line: mark.line)
    }
}
