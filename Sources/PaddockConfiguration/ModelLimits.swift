// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The limits of one model, as the file's `models` names them.
package struct ModelLimits: Equatable, Sendable {
    /// The model's normalised name.
    package var model: String

    /// How many of its requests run at once on one backend, 1 to 10,000; `nil` leaves the general limit.
    package var parallelLimit: Int?

    /// How many of its requests may wait, 0 to 10,000,000; `nil` leaves the general limit.
    package var queueLimit: Int?

    /// Makes the limits of a model.
    ///
    /// - Parameters:
    ///   - model: The model's normalised name.
    ///   - parallelLimit: How many of its requests run at once, or `nil`.
    ///   - queueLimit: How many of its requests may wait, or `nil`.
    package init(model: String, parallelLimit: Int? = nil, queueLimit: Int? = nil) {
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
            show: { $0.map(\.model) },
            read: { (given, reading) throws(ConfigurationError) in
                guard let entries = try given.entries() else { throw given.wrongKind(wanted: wanted) }
                var models: [ModelLimits] = []
                var seen: [String: (name: String, line: Int)] = [:]
                for (name, value) in entries {
                    guard let model = reading.normalise(name) else {
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
                    models.append(try value.modelLimits(of: model, in: given.path, &reading))
                }
                return models
            }
        )
        kind.details = { models in
            models.flatMap { limits in
                ModelLimits.fields.compactMap { field in
                    field.show(limits).map { ("\(limits.model).\(field.key)", $0.joined()) }
                }
            }
        }
        return kind
    }
}

extension GivenValue {
    /// Reads the limits of one model.
    fileprivate func modelLimits(
        of model: String,
        in list: String,
        _ reading: inout Reading
    ) throws(ConfigurationError) -> ModelLimits {
        var limits = ModelLimits(model: model)
        let keys = ModelLimits.fields.map(\.key).joined(separator: ", ")
        let wanted = "a map with one or both of \(keys)"
        let places = try self.read(ModelLimits.fields, wanted: wanted, into: &limits, &reading)
        for (key, place) in places { reading.sources["\(list).\(model).\(key)"] = place }
        return limits
    }
}
