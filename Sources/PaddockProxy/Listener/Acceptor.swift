// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockSockets

/// Gives new connections to the event loops in turn, and says when none can be accepted: once, and not again while it goes on.
final class Acceptor: Sendable {
    /// After so long without an error the next one is said again.
    private static let quietTime = TimeAmount.seconds(60)

    private struct State {
        var next = 0
        var lastError: NIODeadline?
    }

    private let contexts: [NIOLoopBound<LoopContext>]
    private let logger: Logger
    /// Of the event loop that accepts, the first.
    private let state: NIOLoopBoundBox<State>

    init(_ contexts: [NIOLoopBound<LoopContext>], logger: Logger) {
        self.contexts = contexts
        self.logger = logger
        self.state = .makeBoxSendingValue(State(), eventLoop: contexts[0].eventLoop)
    }

    /// A client has connected.
    func accepted(_ descriptor: Int32, _ peer: SocketAddress?) {
        let context = self.contexts[self.state.value.next]
        self.state.value.next = (self.state.value.next + 1) % self.contexts.count
        if context.eventLoop.inEventLoop {
            self.serve(descriptor, peer, context.value)
        } else {
            context.eventLoop.execute { self.serve(descriptor, peer, context.value) }
        }
    }

    private func serve(_ descriptor: Int32, _ peer: SocketAddress?, _ context: LoopContext) {
        do {
            let connection = try Connection(
                descriptor,
                on: context.eventLoop,
                remoteAddress: peer,
                noticesEndWhilePaused: true
            )
            connection.delegate = ClientHandler(connection, loop: context)
        } catch {
            self.logger.error("a connection cannot be served", metadata: ["reason": "\(error)"])
        }
    }

    /// Connections cannot be accepted; the next try is a second later.
    func failed(_ error: IOError) {
        let now = NIODeadline.now()
        if self.state.value.lastError.map({ now - $0 > Self.quietTime }) ?? true {
            self.logger.error(
                "connections cannot be accepted",
                metadata: ["reason": "\(error)", "remedy": "raise the limit of open files (ulimit -n, LimitNOFILE)"]
            )
        }
        self.state.value.lastError = now
    }
}
