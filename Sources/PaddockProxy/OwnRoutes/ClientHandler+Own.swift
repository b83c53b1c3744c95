// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockSockets

/// Answers to own routes.
extension ClientHandler {
    /// Answers a request to an own route, at once or when its answer has been rendered.
    func answerOwn(_ request: OwnRequest) {
        switch self.gateway.ownRoutes.answer(to: request) {
        case .now(let reply):
            self.answer(reply)
        case .later(let answer, let question):
            self.giveBackBody()
            self.machine.answering()
            let handler = NIOLoopBound(self, eventLoop: self.loop.eventLoop)
            self.gateway.renderer.ask(answer, question, on: self.loop.eventLoop) { reply in
                // No other exchange begins on the connection before; its client may have gone.
                if handler.value.machine.phase == .answering { handler.value.answer(reply) }
            }
        }
    }

    /// The client says no more. It may still listen to answers of ours; it is the end of everything else, lists of backends included.
    func endAfterPeer() {
        switch self.machine.phase {
        case .answering where self.feed == nil && self.listing == nil: break
        case .idle where self.awaitsTurn: break
        // What waits to be sent answers what came before.
        case .idle where self.connection.waitingBytes > 0: self.closeAfterFlush()
        case .closing where self.connection.waitingBytes > 0: break
        default: self.connection.close()
        }
    }
}
