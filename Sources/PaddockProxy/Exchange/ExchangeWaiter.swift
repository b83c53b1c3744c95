// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission

/// An exchange as the admission knows it: every answer goes into the queue of the exchange's event loop.
final class ExchangeWaiter: Waiter {
    private let answers: NIOLoopBound<AnswerQueue>
    private let exchange: NIOLoopBound<Exchange>

    /// - Parameters:
    ///   - exchange: who waits.
    ///   - answers: the queue of its event loop.
    ///   - eventLoop: that event loop.
    init(_ exchange: Exchange, _ answers: AnswerQueue, on eventLoop: any EventLoop) {
        self.answers = NIOLoopBound(answers, eventLoop: eventLoop)
        self.exchange = NIOLoopBound(exchange, eventLoop: eventLoop)
    }

    func hear(_ answer: WaiterAnswer) {
        if self.answers.eventLoop.inEventLoop {
            self.answers.value.add(answer, for: self.exchange.value)
        } else {
            self.answers.eventLoop.execute { self.answers.value.add(answer, for: self.exchange.value) }
        }
    }
}
