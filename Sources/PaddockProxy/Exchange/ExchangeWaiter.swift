// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockSockets

/// The client connection as the admission knows it: every answer hops to the connection's event loop.
final class ExchangeWaiter: Waiter {
    private let eventLoop: SocketLoop
    private let handler: NIOLoopBound<ClientHandler>

    init(_ handler: ClientHandler, on eventLoop: SocketLoop) {
        self.eventLoop = eventLoop
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
    }

    func hear(_ answer: WaiterAnswer) {
        if self.eventLoop.inEventLoop {
            self.handler.value.hear(answer)
        } else {
            self.eventLoop.execute { self.handler.value.hear(answer) }
        }
    }
}
