// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockCluster

/// Computes the configuration from the command line, the environment, a file and the defaults.
///
/// A pure function of its arguments, so it can be called again while Paddock runs. The sources are read from the lowest
/// to the highest: the file line by line, then the environment, then the flags. Each value is checked when it is read,
/// so a bad one is an error even if a higher source would override it. All bad ones are reported.
package struct ConfigurationLoader {
    private var configuration = Configuration()
    private var sources = Sources()
    private var warnings: [String] = []
    private var found = FoundErrors()
    /// The keys of which a bad value was given.
    private var refused: Set<String> = []
    /// Whether something of the file is not known: what is missing may stand there.
    private var isFileUnread = false

    /// Loads the configuration.
    ///
    /// - Parameters:
    ///   - flags: The values given on the command line, by flag with its dashes; several only for lists.
    ///   - environment: The environment variables; empty ones count as unset.
    ///   - file: The configuration file, or `nil` if there is none.
    ///   - inferenceRoutes: The routes that are queued by default, the only ones that can be taken out.
    /// - Returns: The configuration, and the source of each value.
    /// - Throws: All bad values, as one line each.
    package static func load(
        flags: [String: [String]],
        environment: [String: String],
        file: ConfigurationFile?,
        inferenceRoutes: [String]
    ) throws(ConfigurationError) -> LoadedConfiguration {
        var loader = ConfigurationLoader()
        if let file { loader.read(file) }
        for setting in Setting.all {
            for variable in setting.variables { loader.read(variable, of: setting, environment) }
        }
        for setting in Setting.all {
            guard let flag = setting.flag, let texts = flags[flag], !texts.isEmpty else { continue }
            loader.read(texts, of: setting, from: .flag(flag))
        }
        if !loader.isFileUnread { loader.checkTogether(inferenceRoutes) }
        try loader.found.throwAny()
        return LoadedConfiguration(
            configuration: loader.configuration,
            warnings: loader.warnings,
            sources: loader.sources
        )
    }

    private init() {}

    // MARK: - Sources

    /// Reads the keys of a file, in the order of its lines.
    private mutating func read(_ file: ConfigurationFile) {
        do throws(ConfigurationError) {
            for (name, value) in try YAMLDocument.root(of: file)?.entries() ?? [] where !self.found.isFull {
                let inMap = Setting.spellings(inMap: name)
                if let setting = Setting.named(name) {
                    self.readOnce(value, of: setting)
                } else if !inMap.isEmpty {
                    try self.readMap(value, named: name, inMap)
                } else {
                    self.isFileUnread = true
                    self.found.add(value.unknownKey(name, among: Setting.spellings))
                }
            }
        } catch {
            self.isFileUnread = true
            self.found.add(error)
        }
    }

    /// Reads the keys of a map such as `cluster`.
    private mutating func readMap(
        _ map: GivenValue,
        named name: String,
        _ spellings: [(name: String, key: String)]
    ) throws(ConfigurationError) {
        guard let entries = try map.entries() else {
            let keys = Setting.all.filter { $0.map == name }.map(\.nameInMap)
            throw map.wrongKind(wanted: "a map with any of \(keys.joined(separator: ", "))")
        }
        for (key, value) in entries where !self.found.isFull {
            if let setting = Setting.named("\(name).\(key)") {
                self.readOnce(value, of: setting)
            } else {
                self.isFileUnread = true
                self.found.add(value.unknownKey(key, among: spellings))
            }
        }
    }

    /// Reads a value of the file. A key of a map can be written in two ways, of which only one may be used.
    private mutating func readOnce(_ value: GivenValue, of setting: Setting) {
        if let first = self.sources[setting.key] {
            return self.found.add(.duplicate(setting.key, first: first, second: value.source))
        }
        self.read(value, of: setting)
    }

    private mutating func read(
        _ variable: Setting.Variable,
        of setting: Setting,
        _ environment: [String: String]
    ) {
        var text = environment[variable.name]?.trimmed ?? ""
        // As Ollama does: a container's environment file keeps the quotes that a shell would remove.
        if variable.peculiarity != .keepsQuotes { text = text.withoutQuotes }
        if text.isEmpty { return }
        let source = ConfigurationSource.variable(variable.name)
        if variable.peculiarity == .mayBeServiceLink, ServiceLinkText.matches(text) {
            self.warnings.append(
                "\(source): \(text.shown) is ignored: Kubernetes and Docker set it for a service or container named"
                    + " paddock; set the port with --port, or with port in the file"
            )
            return
        }
        if variable.peculiarity == .zeroIsAuto, text == "0" { text = "auto" }
        var texts = [text]
        if let separator = variable.separator {
            texts = text.split(separator: separator).map { String($0).trimmed }.filter { !$0.isEmpty }
        }
        self.read(texts, of: setting, from: source)
    }

    /// Reads the texts of a variable or a flag. A flag that is given twice and holds no list counts as given last.
    private mutating func read(
        _ texts: [String],
        of setting: Setting,
        from source: ConfigurationSource
    ) {
        if setting.isList {
            return self.read(GivenValue(texts, path: setting.key, source: source), of: setting)
        }
        for text in texts { self.read(GivenValue(text, path: setting.key, source: source), of: setting) }
    }

    private mutating func read(_ value: GivenValue, of setting: Setting) {
        do throws(ConfigurationError) {
            try setting.field.read(value, &self.configuration, &self.sources)
            self.sources[setting.key] = value.source
        } catch {
            self.refused.insert(setting.key)
            self.found.add(error)
        }
    }

    // MARK: - Checks

    /// Checks keys that depend on each other, as far as all of them could be read.
    private mutating func checkTogether(_ inferenceRoutes: [String]) {
        let configuration = self.configuration
        if self.isRead("require_key", "clients", "state"), configuration.requiresKey, configuration.clients.isEmpty,
            configuration.state == .off
        {
            self.refuse(
                "require_key",
                "no client is declared, and with state off none can be made, so nobody could send a key",
                "declare clients, or give false"
            )
        }
        if self.isRead("view_token", "admin_token"), let token = configuration.viewToken,
            token == configuration.adminToken
        {
            self.refuse("view_token", "it is the admin_token, too", "give another one")
        }
        for route in configuration.queuedRoutes where !route.isQueued && !inferenceRoutes.contains(route.path) {
            self.refuse(
                "queued_routes",
                "\(route.path.shown) is not a queued route",
                "leave \(route.description.shown) out, or name one of \(inferenceRoutes.joined(separator: ", "))"
            )
        }
        self.checkCluster()
        guard self.isRead("models", "backends") else { return }
        for model in configuration.models { self.checkPlacement(of: model) }
    }

    /// Checks the keys of a cluster, if there is one.
    private mutating func checkCluster() {
        guard let cluster = self.configuration.cluster else {
            for setting in Setting.cluster {
                guard let source = self.sources[setting.key] else { continue }
                self.warnings.append(
                    "\(source): \(setting.key): it has no effect without cluster.store: give the address of a store, or"
                        + " leave this out"
                )
            }
            return
        }
        if cluster.listen.isAny, cluster.advertise == nil, self.isRead("cluster.listen", "cluster.advertise") {
            self.refuse(
                "cluster.advertise",
                "with \(cluster.listen) as cluster.listen it is not known where others reach this member",
                "give its address and port, such as 10.0.0.1:\(cluster.listen.port)"
            )
        }
        if cluster.secretFile == nil, !cluster.listen.isLoopback, self.isRead("cluster.listen", "cluster.secret_file") {
            self.refuse(
                "cluster.secret_file",
                "none is given, and with \(cluster.listen) as cluster.listen other machines can connect",
                "give a file with the same secret on all members, such as openssl rand -base64 32 writes"
            )
        }
        if let file = cluster.secretFile {
            do throws(InvalidValue) {
                _ = try Secret.read(file: file, atLeast: ClusterSettings.minimumSecret)
            } catch {
                self.refuse("cluster.secret_file", error.problem, "give " + (error.wanted ?? InvalidValue.wantedFile))
            }
        }
        if cluster.grace < cluster.lease, self.isRead("cluster.grace", "cluster.lease") {
            self.refuse(
                "cluster.grace",
                "\(DurationText.text(cluster.grace)) is less than cluster.lease, \(DurationText.text(cluster.lease))",
                "give at least that, or auto"
            )
        }
        if cluster.store.password != nil, case .flag = self.sources["cluster.store"] {
            self.warnings.append(
                "flag --cluster: every list of processes shows the password in it: set PADDOCK_CLUSTER_STORE instead"
            )
        }
    }

    /// Checks that the backends that a model names are declared, and that one is left for it.
    private mutating func checkPlacement(of model: DeclaredModel) {
        let declared = self.configuration.backends.map(\.url)
        let (key, named): (String, [BackendURL]) =
            switch model.placement {
            case .anywhere: ("", [])
            case .only(let backends): ("backends", backends)
            case .except(let backends): ("not_on", backends)
            }
        let path = "models.\(model.model).\(key)"
        let unknown = named.filter { !declared.contains($0) }
        let texts = declared.map(\.description)
        for backend in unknown {
            let nearest = NearestKey.find(backend.description, among: texts.map { ($0, $0) })
            self.refuse(
                path,
                "\(backend) is not among the backends",
                (nearest.map { "did you mean \($0)? " } ?? "") + "give any of \(texts.joined(separator: ", "))"
            )
        }
        if unknown.isEmpty, !declared.contains(where: model.placement.allows) {
            self.refuse(path, "no backend is left for the model", "leave one of the backends out")
        }
    }

    /// Whether no bad value was given of any of some keys.
    private func isRead(_ keys: String...) -> Bool { self.refused.isDisjoint(with: keys) }

    private mutating func refuse(_ key: String, _ problem: String, _ remedy: String) {
        let source = self.sources[key] ?? .standard
        self.found.add(ConfigurationError(place: source.description, key: key, problem: problem, remedy: remedy))
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
