// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The keys of one backend in the file, where it is a map.
enum BackendKey: String, CaseIterable {
    /// Its address.
    case url
    /// How many requests of all models may be active on it.
    case slots
    /// What it is sent as a key.
    case apiKey = "api_key"
    /// The file that holds it.
    case apiKeyFile = "api_key_file"

    /// The key as messages name it; the address goes by the name of the list, as it may stand there alone.
    var path: String {
        let list = ConfigurationKey.backends.rawValue
        return self == .url ? list : "\(list).\(self.rawValue)"
    }

    /// The keys, with what an unknown one is compared with.
    static let spellings = Self.allCases.map { (name: $0.rawValue, key: $0.rawValue) }

    /// The name of a backend's value in listings.
    func settingName(of url: BackendURL) -> String {
        "\(ConfigurationKey.backends.rawValue).\(url).\(self.rawValue)"
    }

    /// What a listing says of a backend beside its address; nil where nothing is said.
    func text(of backend: DeclaredBackend) -> String? {
        switch self {
        case .url: nil
        case .slots: backend.slots.map(String.init)
        case .apiKey: backend.apiKeyFile == nil ? backend.apiKey?.description : nil
        case .apiKeyFile: backend.apiKeyFile
        }
    }

    private static func slots(_ text: String) throws(InvalidValue) -> Int {
        let range = ConfigurationKey.parallelLimits
        do throws(InvalidValue) {
            return try IntegerText.parse(text, in: range)
        } catch {
            throw InvalidValue(error.problem, wanted: ValueKind.integer(range).wanted)
        }
    }

    /// Sets a value of a backend.
    func set(_ text: String, of backend: inout DeclaredBackend) throws(InvalidValue) {
        switch self {
        case .url: backend.url = try BackendURL.parse(text)
        case .slots: backend.slots = try Self.slots(text)
        case .apiKey:
            try Self.checkNoKey(of: backend)
            do throws(InvalidValue) { backend.apiKey = try Secret.parse(text) } catch {
                throw InvalidValue(error.problem, wanted: ValueKind.token.wanted)
            }
        case .apiKeyFile:
            try Self.checkNoKey(of: backend)
            backend.apiKey = try SecretFile.read(text)
            backend.apiKeyFile = text
        }
    }

    private static func checkNoKey(of backend: DeclaredBackend) throws(InvalidValue) {
        if backend.apiKey != nil {
            throw InvalidValue("the backend has a key already", wanted: "one of api_key and api_key_file")
        }
    }
}
