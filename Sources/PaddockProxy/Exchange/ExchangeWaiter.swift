// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission

/// The client connection as the admission knows it: every answer hops to the connection's event loop.
final class ExchangeWaiter: Waiter {
    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<ClientHandler>

    init(_ handler: ClientHandler, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
    }

    func start(_ slot: Slot) {
        self.onLoop { $0.start(slot) }
    }

    func reject(_ rejection: Rejection) {
        self.onLoop { $0.rejectedWhileWaiting(rejection) }
    }

    func timeOut(waited: Duration) {
        self.onLoop { $0.timedOutWhileWaiting(waited) }
    }

    private func onLoop(_ body: @escaping @Sendable (ClientHandler) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self.handler.value)
        } else {
            self.eventLoop.execute { body(self.handler.value) }
        }
    }
}
