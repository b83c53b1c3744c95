// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Yams

extension ConfigurationLoader {
    /// Reads the backends of a file: addresses, or maps with an address and more.
    mutating func readBackends(
        _ list: Node.Sequence,
        _ document: YAMLDocument,
        _ source: ConfigurationSource
    ) throws(ConfigurationError) {
        var lines: [BackendLine] = []
        for element in list {
            let place = element.mark.map { document.source(line: $0.line) } ?? source
            switch element {
            case .scalar(let scalar) where !scalar.isNull:
                lines.append(try BackendLine(scalar.string, place))
            case .mapping(let mapping):
                lines.append(try self.readBackend(mapping, document, place))
            default:
                throw ConfigurationError(source: place, key: .backends, Self.notABackend(element))
            }
        }
        try self.setBackends(lines, source)
    }

    /// Reads a backend that is a map of its own.
    private func readBackend(
        _ mapping: Node.Mapping,
        _ document: YAMLDocument,
        _ source: ConfigurationSource
    ) throws(ConfigurationError) -> BackendLine {
        var backend = DeclaredBackend(.ollama)
        var url: (text: String, source: ConfigurationSource)?
        var sources: [BackendKey: ConfigurationSource] = [:]
        for entry in try document.entries(of: mapping) {
            let place = document.source(line: entry.line)
            guard let key = BackendKey(rawValue: entry.name) else {
                let name = "\(ConfigurationKey.backends.rawValue).\(entry.name.escaped())"
                throw document.unknownKey(entry, in: name, among: BackendKey.spellings)
            }
            do throws(InvalidValue) {
                guard case .scalar(let scalar) = entry.value, !scalar.isNull else {
                    if key == .url { throw Self.notABackend(entry.value) }
                    throw InvalidValue("\(entry.value.kindName) is given", wanted: "a single value")
                }
                try key.set(scalar.string, of: &backend)
                if key == .url { url = (scalar.string, place) }
                sources[key] = place
            } catch {
                throw ConfigurationError(
                    place: place.description,
                    key: key.path,
                    problem: error.problem,
                    remedy: "give " + (error.wanted ?? ValueKind.backends.wanted)
                )
            }
        }
        guard let url else {
            throw ConfigurationError(
                source: source,
                key: .backends,
                InvalidValue("the map has no url", wanted: "a line such as url: \(BackendURL.ollama)")
            )
        }
        return BackendLine(backend, text: url.text, url.source, sources)
    }

    private static func notABackend(_ node: Node) -> InvalidValue {
        InvalidValue("\(node.kindName) is given", wanted: "an address such as \(BackendURL.ollama)")
    }

    /// Sets the list of backends.
    ///
    /// - Parameters:
    ///   - lines: The backends, each with its own place.
    ///   - source: The place of the list.
    /// - Throws: The first address that is given twice, or that there is none.
    mutating func setBackends(
        _ lines: [BackendLine],
        _ source: ConfigurationSource
    ) throws(ConfigurationError) {
        var seen: Set<BackendURL> = []
        for line in lines where !seen.insert(line.backend.url).inserted {
            let twice = InvalidValue("\(line.text.shown) is given twice", wanted: "each backend once")
            throw ConfigurationError(source: line.source, key: .backends, twice)
        }
        guard !lines.isEmpty else {
            throw ConfigurationError(source: source, key: .backends, InvalidValue("the list is empty"))
        }
        self.loaded.configuration.backends = lines.map(\.backend)
        self.loaded.sources[ConfigurationKey.backends.rawValue] = source
        for line in lines {
            for (key, source) in line.sources {
                self.loaded.sources[key.settingName(of: line.backend.url)] = source
            }
        }
    }
}
