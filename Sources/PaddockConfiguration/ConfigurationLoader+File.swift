// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Yams

extension ConfigurationLoader {
    /// Reads the keys of a file, in the order of its lines.
    mutating func read(_ document: YAMLDocument) throws(ConfigurationError) {
        guard let root = document.root else { return }
        for entry in try document.entries(of: root) {
            let name = entry.name.escaped()
            guard let key = ConfigurationKey(rawValue: entry.name) else {
                throw document.unknownKey(entry, in: name, among: ConfigurationKey.spellings)
            }
            let source = document.source(line: entry.line)
            switch (key, entry.value) {
            case (.backends, .sequence(let list)):
                try self.readBackends(list, document, source)
            case (.models, .mapping(let mapping)):
                try self.readModels(mapping, document)
                self.loaded.sources[key.rawValue] = source
            case (.clients, .mapping(let mapping)):
                try self.readClients(mapping, document)
                self.loaded.sources[key.rawValue] = source
            case (_, .sequence(let list)) where key.isListOfPlainValues:
                try self.readList(key, list, document, source)
            case (_, .scalar(let scalar)) where !scalar.isNull:
                try self.set(key, scalar.string, source)
            default:
                throw ConfigurationError(
                    source: source,
                    key: key,
                    InvalidValue("\(entry.value.kindName) is given")
                )
            }
        }
    }

    private mutating func readList(
        _ key: ConfigurationKey,
        _ list: Node.Sequence,
        _ document: YAMLDocument,
        _ source: ConfigurationSource
    ) throws(ConfigurationError) {
        var texts: [(text: String, source: ConfigurationSource)] = []
        for element in list {
            let line = element.mark.map { document.source(line: $0.line) } ?? source
            guard case .scalar(let scalar) = element, !scalar.isNull else {
                throw ConfigurationError(source: line, key: key, InvalidValue("\(element.kindName) is given"))
            }
            texts.append((scalar.string, line))
        }
        try self.setList(key, texts, source)
    }

    // MARK: - Models

    private mutating func readModels(
        _ mapping: Node.Mapping,
        _ document: YAMLDocument
    ) throws(ConfigurationError) {
        var seen: [String: YAMLDocument.Entry] = [:]
        for entry in try document.entries(of: mapping) {
            let source = document.source(line: entry.line)
            guard let model = self.normalise(entry.name) else {
                throw ConfigurationError(
                    source: source,
                    key: .models,
                    InvalidValue("\(entry.name.shown) is not a model name", wanted: "a name such as llama2")
                )
            }
            if let first = seen.updateValue(entry, forKey: model) {
                throw ConfigurationError(
                    place: source.description,
                    key: ConfigurationKey.models.rawValue,
                    problem: "\(entry.name.shown) is the same model as \(first.name.shown) in line \(first.line)",
                    remedy: "keep one of them"
                )
            }
            self.loaded.configuration.models.append(try self.readLimits(entry, of: model, document))
        }
    }

    /// Reads the limits of one model.
    private mutating func readLimits(
        _ model: YAMLDocument.Entry,
        of name: String,
        _ document: YAMLDocument
    ) throws(ConfigurationError) -> ModelLimits {
        let keys = ModelLimitKey.allCases.map(\.rawValue).joined(separator: ", ")
        let path = "\(ConfigurationKey.models.rawValue).\(model.name.escaped(maximum: 80))"
        guard case .mapping(let mapping) = model.value, !mapping.isEmpty else {
            throw ConfigurationError(
                place: document.source(line: model.line).description,
                key: path,
                problem: model.value.mapping == nil ? "\(model.value.kindName) is given" : "the map is empty",
                remedy: "give a map with one or both of \(keys)"
            )
        }
        var limits = ModelLimits(model: name)
        for entry in try document.entries(of: mapping) {
            guard let key = ModelLimitKey(rawValue: entry.name) else {
                throw document.unknownKey(
                    entry,
                    in: "\(path).\(entry.name.escaped(maximum: 80))",
                    among: ModelLimitKey.spellings
                )
            }
            let source = document.source(line: entry.line)
            do throws(InvalidValue) {
                guard case .scalar(let scalar) = entry.value, !scalar.isNull else {
                    throw InvalidValue("\(entry.value.kindName) is given")
                }
                limits[keyPath: key.limit] = try IntegerText.parse(scalar.string, in: key.range)
            } catch {
                throw ConfigurationError(
                    place: source.description,
                    key: "\(path).\(key.rawValue)",
                    problem: error.problem,
                    remedy: "give " + ValueKind.integer(key.range).wanted
                )
            }
            self.loaded.sources[key.settingName(of: name)] = source
        }
        return limits
    }
}
