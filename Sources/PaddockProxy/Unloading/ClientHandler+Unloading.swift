// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP

/// Requests that unload a model: they run nothing, so they take no slot (contract section 2, control requests).
extension ClientHandler {
    /// The two routes on which Ollama unloads, as they are usually written: what a server makes of other spellings is not for sure.
    private static let unloadingRoutes: [StaticString] = ["POST /api/generate", "POST /api/chat"]

    /// Whether the request, whose body is there, does nothing but unload its model.
    func unloads(_ model: ModelName) -> Bool {
        // The first is cheap, and false of nearly every request.
        guard self.request.hints.mayUnload, !model.isRemote,
            Self.unloadingRoutes.contains(where: { $0.withUTF8Buffer { self.methodAndPath.elementsEqual($0) } }),
            let body = self.forward?.wholeBody(upTo: UnloadRequest.maxBytes)
        else { return false }
        return UnloadRequest.matches(body)
    }

    /// Sends the request to every backend that has the model loaded.
    func unload(_ model: ModelName) {
        self.request.isQueued = false
        guard !self.gateway.isDraining else {
            return self.answer(ErrorReply.shuttingDown)
        }
        guard self.gateway.backends.count > 1, let forward = self.forward else {
            return self.sendWithoutSlot(to: self.gateway.admission.chooseBackendForPassThrough())
        }
        self.machine.answering()
        self.unloading = Unloading(model, forward, requestID: self.request.id, on: self.loop) { outcome in
            self.unloading = nil
            switch outcome {
            case .oneHolder(let backend): self.sendWithoutSlot(to: backend)
            case .noHolder: self.sendWithoutSlot(to: self.gateway.admission.chooseBackendForPassThrough())
            case .done(let reply): self.answer(reply)
            case .failed(let failure): self.answer(failure.reply(self.failureContext))
            }
        }
    }

    /// Sends a request whose body is there to a backend at once. Its answer is relayed as it comes.
    private func sendWithoutSlot(to backend: Int) {
        self.triedBackends = 1
        self.machine.admitted()
        self.request.started = .now()
        if !self.isReadingInbound { self.updateTimer() }
        self.connect(to: backend)
    }
}
