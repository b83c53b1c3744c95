// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// Who may ask a backend for something (contract sections 7 and 10).
extension ClientHandler {
    /// Whether a request that changes what a backend has may do so; one that may not has been answered.
    ///
    /// It needs no key if it carries the admin token.
    func mayChangeModels(_ head: MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) -> Bool {
        guard self.loop.settings.routes.isProtected(bytes, method: head.method, target: target) else { return true }
        let request = self.ownRequest(head, bytes, target)
        guard let admins = self.gateway.admins else { preconditionFailure("protected routes need to know the admins") }
        if var error = admins.refusal(of: request) {
            error.message = "this changes the backend's models (protect_models): " + error.message
            self.answer(error)
            return false
        }
        self.request.carriesAdminToken = admins.isToken(of: request)
        return true
    }

    /// Whether a request has the key that it needs; one that has not has been answered.
    func hasKeyIfNeeded(isDeclared: Bool, _ bytes: Span<UInt8>, _ target: RequestTarget) -> Bool {
        guard self.loop.settings.clients.requiresKey, !isDeclared, !self.request.carriesAdminToken,
            !self.loop.settings.routes.isOpen(bytes, target)
        else { return true }
        var error = ErrorReply(
            401,
            "unauthorized",
            "this gateway asks for a key: send one that it knows as Authorization: Bearer KEY or x-api-key: KEY"
        )
        error.fields = [("WWW-Authenticate", "Bearer")]
        self.answer(error)
        return false
    }

    /// Whether a request that takes no slot may go on to a backend; one that may not has been answered.
    func mayPassThrough(_ head: MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) -> Bool {
        guard self.loop.settings.clients.requiresKey else { return true }
        let identity = self.loop.settings.clients.identify(head, bytes, peer: self.peerName())
        self.request.identity = identity
        return self.hasKeyIfNeeded(isDeclared: identity.isDeclared, bytes, target)
    }
}
