// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy

extension SharedAnswer {
    /// How many names the answer for an unknown model lists, of those that there are.
    private static var namesListed: Int { 100 }

    /// The answer if a model has no queue; the question is the name.
    static func unknownModel(_ admission: AdmissionController, on queue: DispatchQueue) -> SharedAnswer {
        SharedAnswer(
            on: queue,
            toAll: { names in
                let available = admission.modelNames.prefix(Self.namesListed).map { OrderedJSON.string($0.description) }
                let list = OrderedJSON.verbatim(OrderedJSON.array(available).text)
                return names.map { name in
                    let message = "model \"\(name)\" has no queue: it has not been used or named yet"
                    let error = ErrorReply(404, "unknown_model", message)
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
            }
        )
    }

    /// The answer to the name of a model that has no queue, as it came.
    func answer(toName name: String) -> OwnAnswer { self.answer(String(name.prefix(256))) }
}
