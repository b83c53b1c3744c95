// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockSockets

/// Gives new connections to the event loops, and says when none can be accepted: once, and not again while it goes on.
final class Acceptor: Sendable {
    /// After so long without an error the next one is said again.
    private static let quietTime = TimeAmount.seconds(60)

    private let contexts: [NIOLoopBound<LoopContext>]
    private let loads: LoopLoads
    private let logger: Logger
    /// Of the event loop that accepts, the first.
    private let lastError: NIOLoopBoundBox<NIODeadline?>

    init(_ contexts: [NIOLoopBound<LoopContext>], loads: LoopLoads, logger: Logger) {
        self.contexts = contexts
        self.loads = loads
        self.logger = logger
        self.lastError = .makeEmptyBox(valueType: NIODeadline.self, eventLoop: contexts[0].eventLoop)
    }

    /// A client has connected.
    func accepted(_ descriptor: Int32, _ peer: SocketAddress?) {
        let context = self.contexts[LoopPlacement.forNewConnection(self.loads.all)]
        if context.eventLoop.inEventLoop {
            context.value.serve(descriptor, peer)
        } else {
            context.eventLoop.execute { context.value.serve(descriptor, peer) }
        }
    }

    /// Connections cannot be accepted; the next try is a second later.
    func failed(_ error: IOError) {
        let now = NIODeadline.now()
        if self.lastError.value.map({ now - $0 > Self.quietTime }) ?? true {
            self.logger.error(
                "connections cannot be accepted",
                metadata: ["reason": "\(error)", "remedy": "raise the limit of open files (ulimit -n, LimitNOFILE)"]
            )
        }
        self.lastError.value = now
    }
}
