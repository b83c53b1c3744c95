// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission

/// The client connection as the admission knows it: every answer goes into the queue of the connection's event loop.
final class ExchangeWaiter: Waiter {
    private let answers: NIOLoopBound<AnswerQueue>
    private let handler: NIOLoopBound<ClientHandler>

    init(_ handler: ClientHandler, _ answers: AnswerQueue, on eventLoop: any EventLoop) {
        self.answers = NIOLoopBound(answers, eventLoop: eventLoop)
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
    }

    func hear(_ answer: WaiterAnswer) {
        if self.answers.eventLoop.inEventLoop {
            self.answers.value.add(answer, for: self.handler.value)
        } else {
            self.answers.eventLoop.execute { self.answers.value.add(answer, for: self.handler.value) }
        }
    }
}
