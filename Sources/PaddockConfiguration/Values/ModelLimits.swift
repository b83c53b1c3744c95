// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// The limits of one model, as the file's `models` names them.
package struct ModelLimits: Equatable, Sendable {
    /// The model.
    package var model: ModelName

    /// How many of its requests run at once on one backend, 1 to 10,000; `nil` leaves the general limit.
    package var parallelLimit: Int?

    /// How many of its requests may wait, 0 to 10,000,000; `nil` leaves the general limit.
    package var queueLimit: Int?

    /// Makes the limits of a model.
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

extension ModelLimits {
    /// The range of a parallel limit, general or of one model.
    ///
    /// The upper end catches a mistyped number; no Ollama runs as many.
    package static let parallelRange = 1...10_000

    /// The range of a queue limit, general or of one model.
    ///
    /// The upper end keeps the memory of a full queue within what one machine has.
    package static let queueRange = 0...10_000_000

    /// The keys of the limits of one model.
    static let fields: [Field<ModelLimits>] = [
        Field("parallel_limit", \.parallelLimit, .integer(parallelRange)),
        Field("queue_limit", \.queueLimit, .integer(queueRange)),
    ]
}

extension ValueKind {
    /// A map from the names of models to their limits.
    static func modelLimits() -> ValueKind where Value == [ModelLimits] {
        let wanted = "a map from model names to parallel_limit and queue_limit"
        var kind = ValueKind(
            wanted,
            name: "limits",
            schema: .map(.record(ModelLimits.fields)),
            show: { $0.map(\.model.description) },
            read: { (given, sources) throws(ConfigurationError) in
                guard let entries = try given.entries() else { throw given.wrongKind(wanted: wanted) }
                var models: [ModelLimits] = []
                var seen: [ModelName: (name: String, line: Int)] = [:]
                for (name, value) in entries {
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
                    models.append(try value.modelLimits(of: model, in: given.path, &sources))
                }
                return models
            }
        )
        kind.details = { $0.flatMap { Field.details(ModelLimits.fields[...], of: $0, named: "\($0.model)") } }
        return kind
    }
}

extension GivenValue {
    /// Reads the limits of one model.
    fileprivate func modelLimits(
        of model: ModelName,
        in list: String,
        _ sources: inout Sources
    ) throws(ConfigurationError) -> ModelLimits {
        var limits = ModelLimits(model: model)
        let keys = ModelLimits.fields.map(\.key).joined(separator: ", ")
        let wanted = "a map with one or both of \(keys)"
        let places = try self.read(ModelLimits.fields, wanted: wanted, into: &limits, &sources)
        for (key, place) in places { sources["\(list).\(model).\(key)"] = place }
        return limits
    }
}
