// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// A client as the file's `clients` declares it.
package struct DeclaredClient: Equatable, Sendable {
    /// How a client's requests are treated.
    package enum Class: String, CaseIterable, Sendable {
        /// As each request asks.
        case interactive
        /// All as batch.
        case batch
    }

    /// Its name, 1 to 64 of `A-Za-z0-9._-`, and no address.
    package var name: String

    /// The hash of its key.
    package var keyHash: KeyHash?

    /// The keys that were made for it at run time.
    package var madeKeys: [MadeKey] = []

    /// Its part of the service against that of the others, 0.01 to 100.
    ///
    /// Defaults to 1.
    package var weight = 1.0

    /// A key that was made at run time.
    package struct MadeKey: Equatable, Sendable {
        /// Its hash.
        package var hash: KeyHash
        /// Until when it is good, in seconds since 1970; nil for always.
        package var validUntil: Int64?

        /// - Parameters:
        ///   - hash: its hash.
        ///   - validUntil: until when it is good, in seconds since 1970. Defaults to nil: always.
        package init(hash: KeyHash, validUntil: Int64? = nil) {
            self.hash = hash
            self.validUntil = validUntil
        }
    }

    /// The best class that its requests can have.
    ///
    /// Defaults to `interactive`.
    package var ceiling = Class.interactive

    /// What it may use at most.
    ///
    /// Defaults to no limits.
    package var quota = Quota()

    /// Makes a client with the defaults, which has no key yet.
    package init(name: String) {
        self.name = name
    }
}

extension DeclaredClient {
    /// The keys of a client. Their problems show no character of a client's key.
    static let fields: [Field<DeclaredClient>] = [
        Field("key", \.keyHash, .clientKey()),
        Field("key_sha256", \.keyHash, .keyHash()),
        Field("weight", \.weight, .number(0.01...100)),
        Field("class", \.ceiling, .word()),
        Field("parallel_limit", \.quota.parallel, .integer(DeclaredModel.parallelRange)),
        Field("queue_limit", \.quota.queue, .integer(DeclaredModel.queueRange)),
        Field("requests_per_minute", \.quota.requestsPerMinute, .integer(1...1_000_000)),
        Field("tokens_per_minute", \.quota.tokensPerMinute, .integer(1...1_000_000_000_000)),
        Field("tokens_per_day", \.quota.tokensPerDay, .integer(1...1_000_000_000_000)),
        Field("models", \.quota.models, .modelPatterns()),
    ]

    /// What can be set of a client besides its key.
    package static let settable = Self.fields.map(\.key).filter { !$0.hasPrefix("key") }

    /// Sets one of ``settable`` as a file would.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - texts: its value, or the elements of a list.
    ///   - place: where it comes from, for a message.
    package mutating func set(_ key: String, to texts: [String], at place: String) throws(ConfigurationError) {
        let path = "\(place): \(key)"
        guard let field = Self.fields.first(where: { $0.key == key }), Self.settable.contains(key) else {
            let value = GivenValue("", path: path, source: .standard)
            throw value.unknownKey(key, among: Self.settable.map { ($0, $0) })
        }
        var sources = Sources()
        if field.isList {
            try field.read(GivenValue(texts, path: path, source: .standard), &self, &sources)
        } else {
            try field.read(GivenValue(texts.first ?? "", path: path, source: .standard), &self, &sources)
        }
    }

    /// The value of one of ``settable`` as a file would have it, or the elements of a list; nil if it is not set.
    package func texts(of key: String) -> [String]? {
        Self.fields.first { $0.key == key }.flatMap { $0.show(self) }
    }

    /// Whether a value of ``settable`` is a list.
    package static func isList(_ key: String) -> Bool { Self.fields.contains { $0.key == key && $0.isList } }

    /// Whether a text can be the name of a client: 1 to 64 of `A-Za-z0-9._-`, and no address.
    package static func isName(_ text: String) -> Bool {
        1...64 ~= text.utf8.count && IPAddress(text) == nil
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }
}

extension ValueKind {
    /// What a client sends as its key.
    fileprivate static func clientKey() -> ValueKind where Value == KeyHash {
        ValueKind(
            "1 to 1024 printable ASCII characters, no blank at either end",
            name: "key",
            text: { _ in "(set)" }
        ) { (text) throws(InvalidValue) in
            guard 1...1024 ~= text.utf8.count, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), text.first != " ",
                text.last != " "
            else { throw InvalidValue("it is not a key") }
            return KeyHash(of: Array(text.utf8).span)
        }
    }

    /// The models that a client may use.
    fileprivate static func modelPatterns() -> ValueKind where Value == [ModelPattern] {
        .list("a list of models such as llama2, mistral:* or qwen*", name: "model", text: \.text) {
            (text) throws(InvalidValue) in
            guard 1...256 ~= text.utf8.count, let pattern = ModelPattern(text) else {
                throw InvalidValue("\(text.shown) is neither a model nor the beginning of names with * behind it")
            }
            return pattern
        }
    }

    /// The SHA-256 hash of a client's key.
    fileprivate static func keyHash() -> ValueKind where Value == KeyHash {
        ValueKind(
            "64 hexadecimal digits",
            name: "hash",
            schema: .pattern("[0-9A-Fa-f]{64}"),
            text: { _ in "(set)" }
        ) { (text) throws(InvalidValue) in
            guard let hash = KeyHash(hexadecimal: text) else { throw InvalidValue("it is not a SHA-256 hash") }
            return hash
        }
    }

    /// A map from the names of clients to their keys, weights and classes; no key twice.
    static func clients() -> ValueKind where Value == [DeclaredClient] {
        let wanted = "a map from client names to key or key_sha256, weight, class and quotas"
        return ValueKind(
            wanted,
            name: "clients",
            schema: .map(.record(DeclaredClient.fields)),
            show: { $0.map(\.name) },
            read: { (given, sources) throws(ConfigurationError) in
                guard let entries = try given.entries() else { throw given.wrongKind(wanted: wanted) }
                var clients: [DeclaredClient] = []
                var seen: [KeyHash: (name: String, line: Int)] = [:]
                var found = FoundErrors()
                for (name, value) in entries where !found.isFull {
                    let refuse = { (problem: String, wanted: String) in
                        given.refusal(InvalidValue(problem), at: value, wanted: wanted)
                    }
                    do throws(ConfigurationError) {
                        guard DeclaredClient.isName(name) else {
                            throw refuse(
                                "\(name.shown) is not a client name",
                                "1 to 64 of A-Z a-z 0-9 . _ - that are not an address"
                            )
                        }
                        let client = try value.client(name, &sources)
                        let place = (name, value.source.line ?? 1)
                        if let hash = client.keyHash, let first = seen.updateValue(place, forKey: hash) {
                            throw refuse(
                                "\(name) has the same key as \(first.name) in line \(first.line)",
                                "a different key for each client"
                            )
                        }
                        clients.append(client)
                    } catch {
                        found.add(error)
                    }
                }
                try found.throwAny()
                return clients
            }
        )
    }
}

extension GivenValue {
    /// Reads one client.
    fileprivate func client(_ name: String, _ sources: inout Sources) throws(ConfigurationError) -> DeclaredClient {
        var client = DeclaredClient(name: name)
        _ = try self.read(
            DeclaredClient.fields,
            exclusive: ["key", "key_sha256"],
            wanted: "a map with key or key_sha256, and optionally weight, class and quotas",
            into: &client,
            &sources
        )
        guard client.keyHash != nil else {
            throw self.refusal(InvalidValue("there is no key"), wanted: "key or key_sha256")
        }
        return client
    }
}
