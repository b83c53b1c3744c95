// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission

extension ClientHandler {
    /// How long a backend may take for its part of a joined list.
    private static let partTimeout = TimeAmount.seconds(10)

    /// Answers a list with what all backends say.
    func join(_ union: Route.Union) {
        let id = self.request.id
        let parts = self.gateway.backends.indices.map { backend in
            BackendFetch.get(union.rawValue, from: backend, requestID: id, timeout: Self.partTimeout, on: self.loop)
        }
        EventLoopFuture.whenAllComplete(parts, on: self.loop.eventLoop).assumeIsolated().whenSuccess { results in
            guard self.machine.phase == .answering else { return }
            self.answer(self.joined(union, results))
        }
    }

    private func joined(_ union: Route.Union, _ results: [Result<BackendFetch.Reply, any Error>]) -> OwnReply {
        // A backend that is down, or refuses, takes nothing away from what the others have.
        let bodies = results.compactMap { try? $0.get() }.filter { $0.status == 200 }.map {
            Array($0.body.readableBytesView)
        }
        guard !bodies.isEmpty else {
            return OwnReply(
                ErrorReply(502, "backend_error", "no backend answers \(union.rawValue): is Ollama running?"),
                self.request.dialect
            )
        }
        guard let list = ModelUnion.join(union, bodies) else {
            return OwnReply(
                ErrorReply(502, "backend_error", "a backend's answer to \(union.rawValue) is no list of models"),
                self.request.dialect
            )
        }
        return OwnReply(200, body: list)
    }
}
