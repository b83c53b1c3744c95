// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Yams

/// Reads configuration files as trees of YAML nodes, which know their lines.
enum YAMLDocument {
    /// The map at the root of a file; `nil` if the file is empty.
    static func root(of file: ConfigurationFile) throws(ConfigurationError) -> GivenValue? {
        let text = try Self.text(of: file)
        try Self.checkAnchors(text, file.name)
        switch try Self.compose(text, file.name) {
        case nil:
            return nil
        case .scalar(let scalar) where scalar.isNull:
            return nil
        case .mapping(let mapping):
            return GivenValue(.mapping(mapping), path: "", source: .file(name: file.name, line: 1))
        case .some(let node):
            throw ConfigurationError(
                place: "\(file.name.escaped()):\(node.mark?.line ?? 1)",
                problem: "the file contains \(node.kindName), not a map",
                remedy: "give lines such as port: 8080"
            )
        }
    }

    // MARK: - Text

    /// The text of the file, if all of it is what YAML allows.
    private static func text(of file: ConfigurationFile) throws(ConfigurationError) -> String {
        let place = file.name.escaped()
        guard file.bytes.count <= ConfigurationFile.maximumBytes else {
            throw ConfigurationError(
                place: place,
                problem: "the file has more than \(ConfigurationFile.maximumBytes) bytes",
                remedy: "give a smaller one"
            )
        }
        if let text = String(validating: file.bytes, as: UTF8.self) {
            guard let line = Self.lineOfControlCharacter(text) else { return text }
            throw ConfigurationError(
                place: "\(place):\(line)",
                problem: "the line contains a control character",
                remedy: "give plain text"
            )
        }
        // A line feed is never part of a longer character, so lines can be checked one at a time.
        let lines = file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw ConfigurationError(
            place: "\(place):\(line + 1)",
            problem: "the line is not UTF-8 text",
            remedy: "save the file as UTF-8"
        )
    }

    /// The first line with a character that YAML forbids.
    private static func lineOfControlCharacter(_ text: String) -> Int? {
        var line = 1
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: line += 1
            case 0x09, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFFFD, 0x1_0000...: break
            default: return line
            }
        }
        return nil
    }

    /// Refuses a file with more anchors than any configuration needs.
    ///
    /// Each anchor may be nested in the next one, so a few thousand lines could build a tree deeper than the
    /// stack of the thread that reads it. The parser itself bounds the depth of nesting that is written out.
    private static func checkAnchors(_ text: String, _ name: String) throws(ConfigurationError) {
        var anchors = 0
        var line = 1
        var previous = UInt8(ascii: " ")
        for byte in text.utf8 {
            if previous == UInt8(ascii: "&"), byte > UInt8(ascii: " ") {
                anchors += 1
            }
            if anchors > Self.maximumAnchors {
                throw ConfigurationError(
                    place: "\(name.escaped()):\(line)",
                    problem: "the file has more than \(Self.maximumAnchors) anchors",
                    remedy: "write the values out"
                )
            }
            line += byte == UInt8(ascii: "\n") ? 1 : 0
            previous = byte
        }
    }

    private static let maximumAnchors = 16

    // MARK: - Tree

    private static func compose(_ text: String, _ name: String) throws(ConfigurationError) -> Node? {
        do {
            // Without rules every scalar stays the text that was written, which is what messages repeat.
            return try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw Self.refusal(of: error, in: text, name)
        } catch {
            throw Self.invalid("it cannot be read", nil, name)
        }
    }

    private static func refusal(of error: YamlError, in text: String, _ name: String) -> ConfigurationError {
        switch error {
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let second = DuplicateKey.line(of: key, after: context.mark, in: text)
            return .duplicate(
                key,
                first: .file(name: name, line: context.mark.line),
                second: second.map { .file(name: name, line: $0) }
            )
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return Self.invalid(problem, mark, name)
        default:
            return Self.invalid("it cannot be read", nil, name)
        }
    }

    private static func invalid(_ problem: String, _ mark: Mark?, _ name: String) -> ConfigurationError {
        // Some of the parser's problems are the second half of a sentence.
        let problem = problem.hasPrefix("but ") ? String(problem.dropFirst(4)) : problem
        return ConfigurationError(
            place: name.escaped() + (mark.map { ":\($0.line)" } ?? ""),
            problem: "not valid YAML" + (mark.map { " at column \($0.column)" } ?? "") + " (\(problem))",
            remedy: "give lines such as port: 8080, indented with blanks"
        )
    }
}

extension Node {
    /// What the node is, for a message.
    var kindName: String {
        switch self {
        case .scalar(let scalar): scalar.isNull ? "no value" : "a single value"
        case .sequence: "a list"
        case .mapping: "a map"
        case .alias: "an alias"
        }
    }
}

extension Node.Scalar {
    /// Whether the scalar is one of YAML's spellings of nothing: empty, `~` or `null`, without quotes.
    var isNull: Bool {
        self.style == .plain && ["", "~", "null", "Null", "NULL"].contains(self.string)
    }
}
