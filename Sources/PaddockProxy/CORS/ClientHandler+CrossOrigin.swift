// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// Requests of web pages of other origins (contract section 7).
extension ClientHandler {
    /// Remembers which page a request for a proxied route came from, so that it can read what we answer.
    func noteOrigin(_ head: MessageHead, _ bytes: Span<UInt8>, host: ByteRange?) {
        guard let origin = head.first(.origin)?.value else { return }
        let host = host ?? .empty
        let standing = self.loop.settings.crossOrigin.standing(
            of: bytes.extracting(origin.lowerBound..<origin.upperBound),
            host: bytes.extracting(host.lowerBound..<host.upperBound)
        )
        self.request.crossOrigin = standing
        guard standing == .allowed else { return }
        self.origin.removeAll(keepingCapacity: true)
        for index in origin.lowerBound..<origin.upperBound { self.origin.append(bytes[index]) }
    }

    /// Answers a preflight of a page that is allowed, whatever is with the backends.
    ///
    /// One of another page goes to the backend, which may know better; but not where a key is needed, as no preflight has one.
    ///
    /// - Returns: whether it was answered.
    func answerPreflight(_ head: MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) -> Bool {
        guard bytes.equals(head.method, "OPTIONS") else { return false }
        if self.request.crossOrigin.isAllowed {
            self.answer(CrossOriginFields.preflightAnswer(self.request.crossOrigin))
            return true
        }
        self.request.crossOrigin = .refusedPreflight
        guard self.loop.settings.clients.requiresKey, !self.loop.settings.routes.isOpen(bytes, target) else {
            return false
        }
        self.answer(Self.refusedPreflight)
        return true
    }

    /// What a preflight of a page that is not allowed gets in place of any error of ours.
    static var refusedPreflight: ErrorReply {
        ErrorReply(403, "forbidden", "pages of this Origin may not use this gateway: list it in cors_origins")
    }
}
