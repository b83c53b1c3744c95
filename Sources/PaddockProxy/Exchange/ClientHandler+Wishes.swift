// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockHTTP

/// Reading who asks, in what class and for how long it waits (contract sections 10 to 12).
extension ClientHandler {
    /// - Returns: false when the request was refused for want of a key.
    func readWishes(_ head: MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) -> Bool {
        let identity = self.loop.settings.clients.identify(head, bytes, peer: self.peerName())
        self.request.identity = identity
        guard self.hasKeyIfNeeded(isDeclared: identity.isDeclared, bytes, target) else { return false }
        if head.kinds.contains(.priority) { self.request.requestClass = PriorityField.requestClass(head, bytes) }
        if head.kinds.contains(.requestTimeout) || head.kinds.contains(.readTimeout) {
            for field in head.fields where field.kind == .requestTimeout || field.kind == .readTimeout {
                guard let limit = bytes.secondsInNanoseconds(field.value) else { continue }
                self.machine.stateTimeout(.nanoseconds(limit))
            }
        }
        return true
    }
}
