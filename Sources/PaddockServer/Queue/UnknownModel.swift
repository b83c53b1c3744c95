// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockProxy

extension SharedAnswer {
    /// How many names the answer for an unknown model lists, of those that there are.
    private static var namesListed: Int { 100 }

    /// The answer where a model has no queue; the question is the name.
    package static func unknownModel(_ admission: AdmissionController) -> SharedAnswer {
        SharedAnswer(toAll: { names in
            let available = admission.modelNames.prefix(Self.namesListed).map { OrderedJSON.string($0.description) }
            let list = OrderedJSON.verbatim(OrderedJSON.array(available).text)
            return names.map { name in
                let message = "model \"\(name)\" has no queue: it has not been used or named yet"
                let error = ErrorReply(404, "unknown_model", message, model: name)
                return OwnReply(
                    error.status,
                    json: .object([
                        ("error", .string(error.text)),
                        ("code", .string(error.code)),
                        ("message", .string(error.message)),
                        ("model", .string(name)),
                        ("available_models", list),
                    ])
                )
            }
        })
    }
}

extension OwnAnswer {
    /// The answer where a model has no queue.
    ///
    /// - Parameters:
    ///   - name: the name as it came.
    ///   - answer: from `SharedAnswer.unknownModel`.
    static func unknownModel(_ name: String, _ answer: SharedAnswer) -> OwnAnswer {
        .later(answer, question: String(name.prefix(256)))
    }
}
