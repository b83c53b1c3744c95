// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission

/// An exchange as the admission knows it: every answer goes into the queue of the exchange's event loop.
final class ExchangeWaiter: Waiter {
    private let exchange: NIOLoopBound<Exchange>

    /// - Parameters:
    ///   - exchange: who waits.
    ///   - eventLoop: that event loop.
    init(_ exchange: Exchange, on eventLoop: any EventLoop) {
        self.exchange = NIOLoopBound(exchange, eventLoop: eventLoop)
    }

    func hear(_ answer: WaiterAnswer) {
        if self.exchange.eventLoop.inEventLoop {
            self.exchange.value.queue(answer)
        } else {
            self.exchange.eventLoop.execute { self.exchange.value.queue(answer) }
        }
    }
}
