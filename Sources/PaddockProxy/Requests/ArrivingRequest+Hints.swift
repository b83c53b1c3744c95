// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockHTTP

extension ArrivingRequest {
    /// Takes over what a body says of the runner.
    ///
    /// - Parameters:
    ///   - hints: what the body says beside its model.
    ///   - route: where it was sent. Ollama reads options on its own routes alone, and there no `max_tokens`.
    mutating func take(_ hints: BodyHints, of route: Route.Queued) {
        if route.isOllama {
            self.options = hints.options
            self.keepAlive = hints.keepAlive
            self.isLoad = hints.isEmpty
            // For embeddings Ollama loads the model first, even if there is nothing to embed.
            self.isUnload = hints.isEmpty && hints.unloads && route.streaming == .byDefault
        }
        self.maxAnswerTokens = route.isOllama ? hints.numPredict : hints.maxTokens
        if route.hasInputs { self.units = max(1, Int(hints.inputs)) }
    }
}
