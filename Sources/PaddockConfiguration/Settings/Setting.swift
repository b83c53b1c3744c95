// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// One key of the configuration, described completely.
///
/// `Setting.all` is the one list of keys. The loader, the commands' flags, the listing of values, the report of a reload, the
/// manual, the table in the documents, the example file and the JSON schema are made from it.
@dynamicMemberLookup
package struct Setting: Sendable {
    /// An environment variable that sets a key.
    package struct Variable: Sendable {
        /// How a variable differs from the other sources.
        enum Peculiarity {
            /// Quotes around the value are part of it, as it may be any text.
            case keepsQuotes
            /// `0` means `auto`, as it did for old versions of Ollama.
            case zeroIsAuto
            /// Platforms set it for a service that has Paddock's name (`ServiceLinkText`).
            case mayBeServiceLink
        }

        /// The name.
        package let name: String
        /// What separates the elements of a list; `nil` if it holds one.
        package let separator: Character?
        let peculiarity: Peculiarity?
    }

    let field: Field<Configuration>

    /// Its purpose: one or two sentences.
    package let summary: String

    /// The flag that sets it, with its dashes, or `nil` if there is none.
    package private(set) var flag: String?

    /// The environment variables that set it; a later one wins over an earlier one.
    package private(set) var variables: [Variable] = []

    /// Whether a change has no effect until the next start.
    package private(set) var needsRestart = false

    /// The section of the contract that describes it, if it is not the first.
    package private(set) var section: Int?

    /// A value that explains it, in one line of YAML.
    package private(set) var example: String?

    init(_ field: Field<Configuration>, _ summary: String) {
        self.field = field
        self.summary = summary
    }

    /// The key in the file, and what its value may be.
    package subscript<Value>(dynamicMember path: KeyPath<Field<Configuration>, Value>) -> Value {
        self.field[keyPath: path]
    }

    // MARK: - Table

    func flag(_ flag: String) -> Setting { self.with { $0.flag = flag } }

    func variable(
        _ name: String,
        separator: Character? = nil,
        _ peculiarity: Variable.Peculiarity? = nil
    ) -> Setting {
        let variable = Variable(name: name, separator: separator, peculiarity: peculiarity)
        return self.with { $0.variables.append(variable) }
    }

    func needingRestart() -> Setting { self.with { $0.needsRestart = true } }

    func section(_ section: Int) -> Setting { self.with { $0.section = section } }

    func example(_ example: String) -> Setting { self.with { $0.example = example } }

    private func with(_ change: (inout Setting) -> Void) -> Setting {
        var setting = self
        change(&setting)
        return setting
    }
}

extension Setting {
    /// Its default as it could be written in a file, or `nil` if it has none.
    package var standardText: String? {
        guard let texts = self.field.show(Configuration()) else { return nil }
        return self.isList ? nil : texts.joined()
    }

    /// The elements of its default, if it is a list.
    package var standardElements: [String] { self.isList ? self.field.show(Configuration()) ?? [] : [] }

    /// Its value in a configuration as it could be written in a file, the elements of a list one by one; `nil` if it is not set.
    package func texts(in configuration: Configuration) -> [String]? { self.field.show(configuration) }

    /// The setting of a key, or `nil` if no such key is known.
    package static func named(_ key: String) -> Setting? { self.all.first { $0.key == key } }

    /// Every name that sets a key, with the key: what an unknown name is compared with.
    static let spellings: [(name: String, key: String)] = Self.all.flatMap { setting in
        ([setting.key] + setting.variables.map(\.name) + [setting.flag].compactMap(\.self)).map { ($0, setting.key) }
    }
}

extension Configuration {
    /// The settings whose values differ from another configuration's, in the order of the table.
    ///
    /// A value that stayed the same is not among them if only its source has changed.
    package func changes(since other: Configuration) -> [Setting] {
        Setting.all.filter { !$0.field.isEqual(self, other) }
    }
}
