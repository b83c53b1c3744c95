// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The models that the simulator says are installed.
struct ModelCatalogue: Sendable {
    /// Pulling and copying end here, so that clients that invent names cannot make the catalogue grow for ever.
    static let maxModels = 1_000

    /// Installed without asking.
    static let defaultNames = [
        "llama2", "llama3", "llama3.2", "codellama", "gemma3", "mistral", "phi4", "qwen3",
        "all-minilm", "mxbai-embed-large", "nomic-embed-text",
    ]

    /// In order of installation; the keys are those of ``key(for:)``.
    private(set) var models: [SimulatedModel] = []
    private var indices: [String: Int] = [:]

    /// - Parameters:
    ///   - models: Beyond the default ones, or one of these with another size.
    ///   - now: Seconds since 1970, shown as the date of change.
    init(_ models: [SimulatorOptions.Model], now: Int64) {
        for name in Self.defaultNames {
            let size = models.last { Self.key(for: $0.name) == name }?.size
            _ = self.install(name, size: size, now: now)
        }
        for model in models {
            _ = self.install(model.name, size: model.size, now: now)
        }
    }

    /// Finds a model by any of its spellings.
    func find(_ name: String) -> SimulatedModel? {
        self.indices[Self.key(for: name)].map { self.models[$0] }
    }

    /// Adds a model; one that is there stays as it is.
    ///
    /// - Parameters:
    ///   - size: In bytes; `nil` for what the name suggests.
    ///   - now: Seconds since 1970.
    /// - Returns: Whether there was room and a name.
    mutating func install(_ name: String, size: Int64? = nil, now: Int64) -> Bool {
        let key = Self.key(for: name)
        if self.indices[key] != nil { return true }
        guard !key.isEmpty, self.models.count < Self.maxModels else { return false }
        self.indices[key] = self.models.count
        let fullName = Self.hasTag(key) ? key : key + ":latest"
        self.models.append(SimulatedModel(name: fullName, size: size, modifiedAt: now))
        return true
    }

    /// - Returns: Whether the model was there.
    mutating func remove(_ name: String) -> Bool {
        guard let index = self.indices[Self.key(for: name)] else { return false }
        self.models.remove(at: index)
        self.indices = [:]
        for (index, model) in self.models.enumerated() {
            self.indices[Self.key(for: model.name)] = index
        }
        return true
    }

    /// The same for all spellings of one model: `llama2`, `LLAMA2`, `llama2:latest`, `library/llama2`,
    /// `https://registry.ollama.ai/library/llama2` …
    static func key(for name: String) -> String {
        var key = Substring(name.lowercased())
        while key.first?.isWhitespace == true { key.removeFirst() }
        while key.last?.isWhitespace == true { key.removeLast() }
        for prefix in ["https://", "http://"] where key.hasPrefix(prefix) {
            key = key.dropFirst(prefix.count)
        }
        if key.hasPrefix("registry.ollama.ai/") { key = key.dropFirst("registry.ollama.ai/".count) }
        if key.hasPrefix("library/") { key = key.dropFirst("library/".count) }
        if key.hasSuffix(":local") { key = key.dropLast(":local".count) }
        if key.hasSuffix(":latest") { key = key.dropLast(":latest".count) }
        return String(key)
    }

    private static func hasTag(_ key: String) -> Bool {
        key.split(separator: "/", omittingEmptySubsequences: false).last?.contains(":") ?? false
    }
}
