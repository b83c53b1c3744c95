// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What the file's `models` says of a model.
package struct DeclaredModel: Equatable, Sendable {
    /// The model.
    package var model: ModelName

    /// How many of its requests run at once on one backend, 1 to 10,000; `nil` leaves the general limit.
    package var parallelLimit: Int?

    /// How many of its requests may wait, 0 to 10,000,000; `nil` leaves the general limit.
    package var queueLimit: Int?

    /// Which backends it may be on, all of them declared, at least one of the declared ones left.
    ///
    /// Defaults to any.
    package var placement = ModelPlacement.anywhere

    /// Whether it is loaded at the start and kept loaded.
    ///
    /// Defaults to `false`.
    package var isPinned = false

    /// Makes a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - parallelLimit: How many of its requests run at once, or `nil`.
    ///   - queueLimit: How many of its requests may wait, or `nil`.
    package init(model: ModelName, parallelLimit: Int? = nil, queueLimit: Int? = nil) {
        self.model = model
        self.parallelLimit = parallelLimit
        self.queueLimit = queueLimit
    }
}

extension DeclaredModel {
    /// The range of a parallel limit, general or of one model.
    ///
    /// The upper end catches mistyped numbers; no Ollama runs that many.
    package static let parallelRange = 1...10_000

    /// The range of a queue limit, general or of one model.
    ///
    /// The upper end keeps the memory of a full queue within what one machine has.
    package static let queueRange = 0...10_000_000

    /// The keys of a model.
    static let fields: [Field<DeclaredModel>] = [
        Field("parallel_limit", \.parallelLimit, .integer(parallelRange)),
        Field("queue_limit", \.queueLimit, .integer(queueRange)),
        Field("backends", .backendURLs(), get: \.placement.only, set: { $0.placement = .only($1) }),
        Field("not_on", .backendURLs(), get: \.placement.except, set: { $0.placement = .except($1) }),
        Field("pinned", \.isPinned, .yesOrNo("true", "false"), standard: false),
    ]
}

extension ValueKind {
    /// A map from the names of models to what is said of them.
    static func models() -> ValueKind where Value == [DeclaredModel] {
        let keys = DeclaredModel.fields.map(\.key).joined(separator: ", ")
        let wanted = "a map from model names to maps with any of \(keys)"
        var kind = ValueKind(
            wanted,
            name: "models",
            schema: .map(.record(DeclaredModel.fields)),
            show: { $0.map(\.model.description) },
            read: { (given, sources) throws(ConfigurationError) in
                guard let entries = try given.entries() else { throw given.wrongKind(wanted: wanted) }
                var models: [DeclaredModel] = []
                var seen: [ModelName: (name: String, line: Int)] = [:]
                var found = FoundErrors()
                for (name, value) in entries where !found.isFull {
                    do throws(ConfigurationError) {
                        guard let model = ModelName(name) else {
                            throw given.refusal(
                                InvalidValue("\(name.shown) is not a model name"),
                                at: value,
                                wanted: "a name such as llama2"
                            )
                        }
                        if let first = seen.updateValue((name, value.source.line ?? 1), forKey: model) {
                            throw ConfigurationError(
                                place: value.source.description,
                                key: given.path,
                                problem: "\(name.shown) is the same model as \(first.name.shown) in line \(first.line)",
                                remedy: "keep one of them"
                            )
                        }
                        models.append(try value.model(model, in: given.path, &sources))
                    } catch {
                        found.add(error)
                    }
                }
                try found.throwAny()
                return models
            }
        )
        kind.details = { $0.flatMap { Field.details(DeclaredModel.fields[...], of: $0, named: "\($0.model)") } }
        return kind
    }
}

extension GivenValue {
    /// Reads what is said of a model.
    fileprivate func model(
        _ model: ModelName,
        in list: String,
        _ sources: inout Sources
    ) throws(ConfigurationError) -> DeclaredModel {
        var declared = DeclaredModel(model: model)
        let keys = DeclaredModel.fields.map(\.key).joined(separator: ", ")
        let places = try self.read(
            DeclaredModel.fields,
            exclusive: ["backends", "not_on"],
            wanted: "a map with any of \(keys)",
            into: &declared,
            &sources
        )
        for (key, place) in places { sources["\(list).\(model).\(key)"] = place }
        return declared
    }
}
