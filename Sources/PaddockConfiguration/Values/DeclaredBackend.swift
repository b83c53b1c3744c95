// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A backend as the configuration declares it: its address, and what holds for it alone.
package struct DeclaredBackend: Hashable, Sendable {
    /// Where it listens.
    package var url: BackendURL

    /// How many requests of all models together may be active on it, 1 to 10,000.
    ///
    /// Defaults to `nil`: that is left to the limits of the models.
    package var slots: Int?

    /// What it is sent as `Authorization: Bearer` in place of the client's credentials.
    ///
    /// Defaults to `nil`: what the client sent.
    package var apiKey: Secret?

    /// The file that the key was read from.
    ///
    /// Defaults to `nil`: the key stands in the configuration, or there is none.
    package var apiKeyFile: String?

    /// Makes a backend of which nothing but the address is said.
    package init(_ url: BackendURL) {
        self.url = url
    }
}

extension DeclaredBackend {
    /// The keys of a backend that is a map.
    static let fields: [Field<DeclaredBackend>] = [
        Field("url", \.url, .backendURL()),
        Field("slots", \.slots, .integer(ModelLimits.parallelRange)),
        Field(
            "api_key",
            .secret(),
            get: { $0.apiKeyFile == nil ? $0.apiKey : nil },
            set: { $0.apiKey = $1 }
        ),
        Field(
            "api_key_file",
            .file(),
            get: \.apiKeyFile,
            set: { (backend, name) throws(InvalidValue) in
                backend.apiKey = try Secret.read(file: name)
                backend.apiKeyFile = name
            }
        ),
    ]
}

extension ValueKind {
    /// The address of a backend.
    fileprivate static func backendURL() -> ValueKind where Value == BackendURL {
        ValueKind(
            "an address such as \(BackendURL.ollama)",
            name: "url",
            schema: .pattern("[hH][tT][tT][pP]://[^/?#@]+/?"),
            text: \.description,
            parse: BackendURL.parse
        )
    }

    /// Backends: addresses, or maps with an address and more; at least one, none twice.
    static func backends() -> ValueKind where Value == [DeclaredBackend] {
        let address = ValueKind<BackendURL>.backendURL()
        let wanted = "a list of addresses such as \(BackendURL.ollama)"
        let map = ValueSchema.record(DeclaredBackend.fields, required: ["url"])
        var kind = ValueKind(
            wanted,
            name: "url",
            schema: .list(.any([address.schema, map])),
            show: { $0.map(\.url.description) },
            read: { (given, sources) throws(ConfigurationError) in
                guard let elements = given.elements else { throw given.wrongKind(wanted: wanted) }
                if elements.isEmpty { throw given.refusal(InvalidValue("the list is empty"), wanted: wanted) }
                var backends: [DeclaredBackend] = []
                var seen: Set<BackendURL> = []
                for element in elements {
                    let backend = try element.backend(address, &sources)
                    guard seen.insert(backend.url).inserted else {
                        let text = element.text ?? backend.url.description
                        throw element.refusal(InvalidValue("\(text.shown) is given twice"), wanted: "each backend once")
                    }
                    backends.append(backend)
                }
                return backends
            }
        )
        kind.details = { $0.flatMap { Field.details(DeclaredBackend.fields.dropFirst(), of: $0, named: "\($0.url)") } }
        return kind
    }
}

extension GivenValue {
    /// Reads a backend: an address, or a map.
    fileprivate func backend(
        _ address: ValueKind<BackendURL>,
        _ sources: inout Sources
    ) throws(ConfigurationError) -> DeclaredBackend {
        if self.text != nil { return DeclaredBackend(try address.read(self, &sources)) }
        var backend = DeclaredBackend(.ollama)
        let places = try self.read(
            DeclaredBackend.fields,
            exclusive: ["api_key", "api_key_file"],
            wanted: address.wanted,
            into: &backend,
            &sources
        )
        guard places["url"] != nil else {
            throw self.refusal(
                InvalidValue("the map has no url"),
                wanted: "a line such as url: \(BackendURL.ollama)"
            )
        }
        for (key, place) in places { sources["\(self.path).\(backend.url).\(key)"] = place }
        return backend
    }
}
