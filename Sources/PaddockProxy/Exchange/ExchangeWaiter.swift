// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import Synchronization

/// An exchange as the admission knows it: every answer goes into the queue of the exchange's event loop, and what the request does can be
/// read from any thread.
final class ExchangeWaiter: Waiter {
    private let exchange: NIOLoopBound<Exchange>
    private let address: String
    private let chunks = Atomic(0)
    /// Instants in nanoseconds; 0 for none.
    private let lastChunk = Atomic<Int64>(0)
    private let blockedSince = Atomic<Int64>(0)

    /// - Parameters:
    ///   - exchange: who waits.
    ///   - address: the address of its client; empty if there is none.
    ///   - eventLoop: that event loop.
    init(_ exchange: Exchange, from address: String, on eventLoop: any EventLoop) {
        self.exchange = NIOLoopBound(exchange, eventLoop: eventLoop)
        self.address = address
    }

    func hear(_ answer: WaiterAnswer) {
        if self.exchange.eventLoop.inEventLoop {
            self.exchange.value.queue(answer)
        } else {
            self.exchange.eventLoop.execute { self.exchange.value.queue(answer) }
        }
    }

    /// Another request begins.
    func begins() {
        self.chunks.store(0, ordering: .relaxed)
        self.lastChunk.store(0, ordering: .relaxed)
    }

    /// So many chunks of its stream have been passed on, the last one now.
    func passedOn(_ chunks: Int, now: Instant) {
        self.chunks.store(chunks, ordering: .relaxed)
        self.lastChunk.store(now.nanoseconds, ordering: .relaxed)
    }

    /// The client takes nothing of what is to be sent to it from now on; or it does again, given nil.
    func setBlocked(since instant: Instant?) {
        self.blockedSince.store(instant?.nanoseconds ?? 0, ordering: .relaxed)
    }

    var progress: LiveProgress? {
        LiveProgress(
            address: self.address,
            chunks: self.chunks.load(ordering: .relaxed),
            lastChunk: Self.instant(self.lastChunk.load(ordering: .relaxed)),
            blockedSince: Self.instant(self.blockedSince.load(ordering: .relaxed))
        )
    }

    private static func instant(_ nanoseconds: Int64) -> Instant? {
        nanoseconds == 0 ? nil : Instant(nanoseconds: nanoseconds)
    }
}
