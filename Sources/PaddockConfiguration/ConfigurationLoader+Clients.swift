// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Yams

extension ConfigurationLoader {
    /// Reads the clients of a file.
    mutating func readClients(
        _ mapping: Node.Mapping,
        _ document: YAMLDocument
    ) throws(ConfigurationError) {
        var lines: [KeyHash: (name: String, line: Int)] = [:]
        for entry in try document.entries(of: mapping) {
            let client = try self.readClient(entry, document)
            if let keyHash = client.keyHash, let first = lines.updateValue((client.name, entry.line), forKey: keyHash) {
                throw ConfigurationError(
                    place: document.source(line: entry.line).description,
                    key: ConfigurationKey.clients.rawValue,
                    problem: "\(client.name) has the same key as \(first.name) in line \(first.line)",
                    remedy: "give each client a key of its own"
                )
            }
            self.loaded.configuration.clients.append(client)
        }
    }

    private func readClient(
        _ entry: YAMLDocument.Entry,
        _ document: YAMLDocument
    ) throws(ConfigurationError) -> DeclaredClient {
        let place = document.source(line: entry.line).description
        guard Self.isClientName(entry.name) else {
            throw ConfigurationError(
                place: place,
                key: ConfigurationKey.clients.rawValue,
                problem: "\(entry.name.shown) is no name of a client",
                remedy: "give 1 to 64 of A-Z a-z 0-9 . _ - that are no address"
            )
        }
        let path = "\(ConfigurationKey.clients.rawValue).\(entry.name)"
        guard case .mapping(let mapping) = entry.value, !mapping.isEmpty else {
            throw ConfigurationError(
                place: place,
                key: path,
                problem: entry.value.mapping == nil ? "\(entry.value.kindName) is given" : "the map is empty",
                remedy: "give a map with key or key_sha256, and weight and class where they are not the usual"
            )
        }
        var client = DeclaredClient(name: entry.name)
        var keyLine: Int?
        for value in try document.entries(of: mapping) {
            guard let key = ClientKey(rawValue: value.name) else {
                throw document.unknownKey(
                    value,
                    in: "\(path).\(value.name.escaped(maximum: 80))",
                    among: ClientKey.spellings
                )
            }
            do throws(InvalidValue) {
                guard case .scalar(let scalar) = value.value, !scalar.isNull else {
                    throw InvalidValue("\(value.value.kindName) is given", wanted: "a single value")
                }
                if key == .key || key == .keyHash {
                    if let keyLine {
                        throw InvalidValue(
                            "there is a key in line \(keyLine) already",
                            wanted: "one of key and key_sha256"
                        )
                    }
                    keyLine = value.line
                }
                try key.set(scalar.string, of: &client)
            } catch {
                throw ConfigurationError(
                    place: document.source(line: value.line).description,
                    key: "\(path).\(key.rawValue)",
                    problem: error.problem,
                    remedy: "give " + (error.wanted ?? ValueKind.clients.wanted)
                )
            }
        }
        guard keyLine != nil else {
            throw ConfigurationError(
                place: place,
                key: path,
                problem: "there is no key",
                remedy: "give key or key_sha256"
            )
        }
        return client
    }

    private static func isClientName(_ name: String) -> Bool {
        1...64 ~= name.utf8.count && IPAddress(name) == nil
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
