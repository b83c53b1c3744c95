// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

extension SharedAnswer {
    /// How many names the answer for an unknown model lists, of those that there are.
    private static var namesListed: Int { 100 }

    /// The answer if a model has no queue; the question is the name.
    static func unknownModel(_ admission: AdmissionController, on queue: DispatchQueue) -> SharedAnswer {
        SharedAnswer(
            on: queue,
            toAll: { names in
                let available = admission.modelNames.prefix(Self.namesListed).map(\.description)
                let list = JSONText(of: available)
                return names.map { name in
                    let message = "model \"\(name)\" has no queue: it has not been used or named yet"
                    let error = ErrorReply(404, "unknown_model", message)
                    return OwnReply(
                        error.status,
                        json: .object { json in
                            json.member("error", error.text)
                            json.member("code", error.code)
                            json.member("message", error.message)
                            json.member("model", name)
                            json.member("available_models", list)
                        }
                    )
                }
            }
        )
    }

    /// The answer to the name of a model that has no queue, as it came.
    func answer(toName name: String) -> OwnAnswer { self.answer(String(name.prefix(256))) }
}
