// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Works out the configuration from the command line, the environment, a file and the defaults.
///
/// A pure function of its arguments, so it can be called again while Paddock runs. The sources are read from the lowest
/// to the highest: the file line by line, then the environment, then the flags. Each value is checked when it is read,
/// so a bad one is an error even where a higher source would override it, and the first bad one is reported.
package struct ConfigurationLoader {
    /// The configuration so far, and where its values came from.
    var loaded = LoadedConfiguration()

    /// Turns a model's name into its one spelling, or `nil` where it is no model name.
    let normalise: (String) -> String?

    /// The routes that are queued by default, which alone can be said not to be.
    let inferenceRoutes: [String]

    /// Loads the configuration.
    ///
    /// - Parameters:
    ///   - flags: The values given on the command line for each key that has a flag; several only for `backends`.
    ///   - environment: The environment variables; empty ones count as unset.
    ///   - file: The configuration file, or `nil` where there is none.
    ///   - inferenceRoutes: The routes that are queued by default.
    ///   - normalise: Turns a model's name into its one spelling, or `nil` where it is no model name.
    /// - Returns: The configuration, and the source of each value.
    /// - Throws: The first bad value as one line.
    package static func load(
        flags: [ConfigurationKey: [String]],
        environment: [String: String],
        file: ConfigurationFile?,
        inferenceRoutes: [String],
        normalise: @escaping (String) -> String?
    ) throws(ConfigurationError) -> LoadedConfiguration {
        var loader = ConfigurationLoader(normalise: normalise, inferenceRoutes: inferenceRoutes)
        if let file {
            try loader.read(YAMLDocument(file))
        }
        try loader.read(environment: environment)
        try loader.read(flags: flags)
        try loader.checkTogether()
        return loader.loaded
    }

    /// Reads a whole number that is no key of the configuration, and says in the same words what is wrong with it.
    ///
    /// - Parameters:
    ///   - text: The number as written.
    ///   - flag: The flag that it was given with.
    ///   - range: What it may be.
    /// - Returns: The number.
    /// - Throws: One line, where it is none or out of range.
    package static func wholeNumber(
        _ text: String,
        of flag: String,
        in range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int {
        do throws(InvalidValue) {
            return try IntegerText.parse(text, in: range)
        } catch {
            throw ConfigurationError(
                place: flag,
                problem: error.problem,
                remedy: "give an integer from \(range.lowerBound) to \(range.upperBound)"
            )
        }
    }

    private init(normalise: @escaping (String) -> String?, inferenceRoutes: [String]) {
        self.normalise = normalise
        self.inferenceRoutes = inferenceRoutes
    }

    /// Checks what two keys say together.
    private func checkTogether() throws(ConfigurationError) {
        let configuration = self.loaded.configuration
        if configuration.requiresKey, configuration.clients.isEmpty {
            let problem = "no client is declared, so nobody could send a key"
            throw ConfigurationError(
                place: self.loaded.source(of: .requireKey).description,
                key: ConfigurationKey.requireKey.rawValue,
                problem: problem,
                remedy: "declare clients, or give false"
            )
        }
        for route in configuration.queuedRoutes where !route.isQueued && !self.inferenceRoutes.contains(route.path) {
            throw ConfigurationError(
                place: self.loaded.source(of: .queuedRoutes).description,
                key: ConfigurationKey.queuedRoutes.rawValue,
                problem: "\(route.path.shown) is not queued anyway",
                remedy:
                    "leave \(route.description.shown) out, or name one of \(self.inferenceRoutes.joined(separator: ", "))"
            )
        }
    }

    // MARK: - Environment and flags

    private mutating func read(environment: [String: String]) throws(ConfigurationError) {
        for key in ConfigurationKey.allCases {
            for variable in key.variables {
                guard var text = environment[variable]?.trimmed, !text.isEmpty else { continue }
                // As Ollama does: a container's env file hands over the quotes that a shell would take off. Not for a
                // secret, which may hold any character.
                if key != .adminToken {
                    text = text.withoutQuotes
                    guard !text.isEmpty else { continue }
                }
                let source = ConfigurationSource.variable(variable)
                switch (key, variable) {
                case (.port, _) where ServiceLinkText.matches(text):
                    self.loaded.warnings.append(
                        "\(source): \(text.shown) is ignored: Kubernetes and Docker set it so for a service or a container of the"
                            + " name paddock; give the port as flag --port, or as port in the file"
                    )
                case (.backends, "OLLAMA_BASE_URLS"):
                    let pieces = text.split(separator: ";").map { String($0).trimmed }.filter { !$0.isEmpty }
                    if pieces.isEmpty {
                        throw ConfigurationError(
                            source: source,
                            key: key,
                            InvalidValue("\(text.shown) names no backend", wanted: "addresses separated by ;")
                        )
                    }
                    try self.setBackends(Self.lines(pieces, source), source)
                case (.backends, _):
                    try self.setBackends([BackendLine(text, source)], source)
                case _ where key.isListOfPlainValues:
                    let pieces = text.split(separator: ",").map { (text: String($0).trimmed, source: source) }
                    try self.setList(key, pieces.filter { !$0.text.isEmpty }, source)
                case (.parallelLimit, _) where text == "0":
                    // An old Ollama's word for auto.
                    try self.set(key, "auto", source)
                default:
                    try self.set(key, text, source)
                }
            }
        }
    }

    private mutating func read(flags: [ConfigurationKey: [String]]) throws(ConfigurationError) {
        for key in ConfigurationKey.allCases {
            guard let flag = key.flag, let texts = flags[key], !texts.isEmpty else { continue }
            let source = ConfigurationSource.flag(flag)
            if key == .backends {
                try self.setBackends(Self.lines(texts, source), source)
            } else {
                for text in texts {
                    try self.set(key, text, source)
                }
            }
        }
    }

    private static func lines(
        _ urls: [String],
        _ source: ConfigurationSource
    ) throws(ConfigurationError) -> [BackendLine] {
        var lines: [BackendLine] = []
        for url in urls { lines.append(try BackendLine(url, source)) }
        return lines
    }

    // MARK: - Values

    /// Sets a key to the value that a text holds.
    mutating func set(
        _ key: ConfigurationKey,
        _ text: String,
        _ source: ConfigurationSource
    ) throws(ConfigurationError) {
        do throws(InvalidValue) {
            try self.loaded.configuration.set(key, text)
        } catch {
            throw ConfigurationError(source: source, key: key, error)
        }
        self.loaded.sources[key.rawValue] = source
    }

    /// Sets a key that holds a list of plain values.
    mutating func setList(
        _ key: ConfigurationKey,
        _ texts: [(text: String, source: ConfigurationSource)],
        _ source: ConfigurationSource
    ) throws(ConfigurationError) {
        self.loaded.configuration.clear(list: key)
        for (text, source) in texts {
            do throws(InvalidValue) {
                try self.loaded.configuration.append(text, to: key)
            } catch {
                throw ConfigurationError(source: source, key: key, error)
            }
        }
        self.loaded.sources[key.rawValue] = source
    }
}

extension Configuration {
    /// Sets a key that holds a single value.
    fileprivate mutating func set(_ key: ConfigurationKey, _ text: String) throws(InvalidValue) {
        switch key {
        case .host: self.host = try HostText.parse(text)
        case .port: self.port = try IntegerText.parse(text, in: ConfigurationKey.ports)
        case .parallelLimit:
            self.parallelLimit = try IntegerText.parseAuto(text, in: ConfigurationKey.parallelLimits)
        case .queueLimit: self.queueLimit = try IntegerText.parse(text, in: ConfigurationKey.queueLimits)
        case .requestTimeout: self.requestTimeout = try DurationText.parse(text)
        case .maxBodyBytes: self.maxBodyBytes = try ByteCountText.parse(text)
        case .maxQueuedBytes: self.maxQueuedBytes = try ByteCountText.parse(text)
        case .adminToken: self.adminToken = try Secret.parse(text)
        case .eventLoops: self.eventLoops = try IntegerText.parseAuto(text, in: ConfigurationKey.eventLoopCounts)
        case .requireKey: self.requiresKey = try Self.flag(text, key.kind)
        case .fairness: self.isFair = try Self.flag(text, key.kind)
        case .batchShare: self.batchSharePercent = try Self.percent(text, in: ConfigurationKey.batchShares)
        case .batchSlots:
            self.batchSlots = text == "all" ? nil : try IntegerText.parse(text, in: ConfigurationKey.parallelLimits)
        case .queueKeepalive: self.queueKeepalive = text == "off" ? nil : try DurationText.parse(text)
        case .idleTimeout: self.idleTimeout = text == "0" ? nil : try DurationText.parse(text)
        case .trace: self.trace = try Self.file(text)
        case .protectModels: self.protectsModels = try Self.flag(text, key.kind)
        case .trustedProxies, .identityHeaders, .openRoutes, .queuedRoutes, .corsOrigins:
            self.clear(list: key)
            try self.append(text, to: key)
        case .forwarded: self.forwarded = try WordText.parse(text)
        case .accessLog: self.accessLog = try WordText.parse(text)
        case .logLevel: self.logLevel = try WordText.parse(text)
        case .backends, .models, .clients: throw InvalidValue("a single value is given")
        }
    }

    fileprivate mutating func clear(list key: ConfigurationKey) {
        switch key {
        case .trustedProxies: self.trustedProxies = []
        case .identityHeaders: self.identityHeaders = []
        case .openRoutes: self.openRoutes = []
        case .queuedRoutes: self.queuedRoutes = []
        case .corsOrigins: self.corsOrigins = []
        default: preconditionFailure("\(key) is no list of plain values")
        }
    }

    fileprivate mutating func append(_ text: String, to key: ConfigurationKey) throws(InvalidValue) {
        switch key {
        case .trustedProxies: self.trustedProxies.append(try AddressBlockText.parse(text))
        case .identityHeaders: self.identityHeaders.append(try HeaderNameText.parse(text))
        case .openRoutes: self.openRoutes.append(try RouteText.parse(text))
        case .queuedRoutes: self.queuedRoutes.append(try QueuedRouteChange.parse(text))
        case .corsOrigins: self.corsOrigins.append(try OriginText.parse(text))
        default: preconditionFailure("\(key) is no list of plain values")
        }
    }

    private static func flag(_ text: String, _ kind: ValueKind) throws(InvalidValue) -> Bool {
        guard case .flag(let on, let off) = kind else { preconditionFailure("\(kind) has no two words") }
        switch text {
        case on: return true
        case off: return false
        default: throw InvalidValue("\(text.shown) is neither \(on) nor \(off)")
        }
    }

    private static func percent(_ text: String, in range: ClosedRange<Double>) throws(InvalidValue) -> Double {
        let number = text.hasSuffix("%") ? String(text.dropLast()) : text
        guard let value = DecimalText.parse(number) else { throw InvalidValue("\(text.shown) is no number of percent") }
        guard range.contains(value) else { throw InvalidValue("\(text.shown) is out of range") }
        return value
    }

    private static func file(_ text: String) throws(InvalidValue) -> String {
        guard !text.isEmpty, !text.utf8.contains(0), text.utf8.count <= 4096 else {
            throw InvalidValue("it is no name of a file")
        }
        return text
    }
}

extension String {
    /// The text without white space around it.
    fileprivate var trimmed: String {
        guard let start = self.firstIndex(where: { !$0.isWhitespace }),
            let end = self.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[start...end])
    }

    /// The text without one pair of quotes around it.
    fileprivate var withoutQuotes: String {
        guard self.count >= 2, let first = self.first, first == self.last, "\"'".contains(first) else { return self }
        return String(self.dropFirst().dropLast()).trimmed
    }
}
