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

    /// How much memory it has for models, in bytes, 64 MiB to 64 TiB.
    ///
    /// Defaults to `nil`: that is learned from what it has loaded at once.
    package var memory: Int?

    /// How many models it may have loaded at once, 1 to 64.
    ///
    /// Defaults to `nil`: as many as its memory takes.
    package var maxLoaded: Int?

    /// Its share of the requests among equally good choices, against that of the others, 0.01 to 1,000.
    ///
    /// Defaults to 1.
    package var weight = 1.0

    /// What is asked of it to see whether it is healthy, a path with its query; any status of 200 to 399 says that it is.
    ///
    /// Defaults to `nil`: `/api/version`, of which any status below 500 is an answer, as other servers than Ollama do not have it.
    package var healthPath: String?

    /// How long after a check of a healthy backend the next one follows, 0.1 seconds to an hour.
    ///
    /// Defaults to 5 seconds.
    package var healthInterval = Self.standardHealthInterval

    /// What it is sent as `Authorization: Bearer` in place of the client's credentials.
    ///
    /// Defaults to `nil`: what the client sent.
    package var apiKey: Secret?

    /// The file that the key was read from.
    ///
    /// Defaults to `nil`: the key is in the configuration, or there is none.
    package var apiKeyFile: String?

    /// Makes a backend with only an address.
    package init(_ url: BackendURL) {
        self.url = url
    }
}

extension DeclaredBackend {
    private static let standardHealthInterval = Duration.seconds(5)

    /// The keys of a backend that is a map.
    static let fields: [Field<DeclaredBackend>] = [
        Field("url", \.url, .backendURL()),
        Field("slots", \.slots, .integer(DeclaredModel.parallelRange)),
        Field("memory", \.memory, .modelMemory()),
        Field("max_loaded", \.maxLoaded, .integer(1...64)),
        Field("weight", \.weight, .number(0.01...1000), standard: 1),
        Field("health_path", \.healthPath, .healthPath()),
        Field(
            "health_interval",
            \.healthInterval,
            .duration(.milliseconds(100) ... .seconds(3600)),
            standard: standardHealthInterval
        ),
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

extension BackendURL {
    /// Reads an address as an operator gives it.
    ///
    /// - Throws: one line with what is wrong and what would be right.
    package init(_ text: String) throws(ConfigurationError) {
        do throws(InvalidValue) { self = try Self.parse(text) } catch {
            throw ConfigurationError(
                place: "url",
                problem: error.problem,
                remedy: "give " + (error.wanted ?? "an address such as \(Self.ollama)")
            )
        }
    }
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

    /// Addresses of backends that are declared elsewhere; at least one, none twice.
    static func backendURLs() -> ValueKind where Value == [BackendURL] {
        let address = ValueKind<BackendURL>.backendURL()
        let wanted = "a list of addresses such as [\(BackendURL.ollama)]"
        return ValueKind(
            wanted,
            name: "url",
            schema: .any([.list(address.schema), address.schema]),
            show: { $0.map(\.description) },
            read: { (given, sources) throws(ConfigurationError) in
                var urls: [BackendURL] = []
                for element in given.elements ?? [given] {
                    let url = try address.read(element, &sources)
                    guard !urls.contains(url) else {
                        let text = element.text ?? url.description
                        throw element.refusal(InvalidValue("\(text.shown) is given twice"), wanted: "each backend once")
                    }
                    urls.append(url)
                }
                if urls.isEmpty { throw given.refusal(InvalidValue("the list is empty"), wanted: wanted) }
                return urls
            }
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
                var found = FoundErrors()
                for element in elements where !found.isFull {
                    do throws(ConfigurationError) {
                        let backend = try element.backend(address, &sources)
                        guard seen.insert(backend.url).inserted else {
                            let text = element.text ?? backend.url.description
                            throw element.refusal(
                                InvalidValue("\(text.shown) is given twice"),
                                wanted: "each backend once"
                            )
                        }
                        backends.append(backend)
                    } catch {
                        found.add(error)
                    }
                }
                try found.throwAny()
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
