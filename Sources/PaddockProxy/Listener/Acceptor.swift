// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockSockets

/// Gives new connections to the event loops, makes room for them, and logs when none can be accepted: once, and not again
/// while the problem lasts.
final class Acceptor: Sendable {
    /// After this long without an error the next one is logged again.
    private static let quietTime = TimeAmount.seconds(60)

    private let contexts: [NIOLoopBound<ClientConnections>]
    private let loads: LoopLoads
    private let places: ClientPlaces
    private let logger: Logger
    /// Of the event loop that accepts, the first.
    private let lastError: NIOLoopBoundBox<NIODeadline?>

    init(_ contexts: [NIOLoopBound<ClientConnections>], loads: LoopLoads, places: ClientPlaces, logger: Logger) {
        self.contexts = contexts
        self.loads = loads
        self.places = places
        self.logger = logger
        self.lastError = .makeEmptyBox(valueType: NIODeadline.self, eventLoop: contexts[0].eventLoop)
    }

    /// A client has connected.
    func accepted(_ socket: consuming ConnectedSocket) {
        self.places.take()
        let context = self.contexts[LoopPlacement.forNewConnection(self.loads.all)]
        if context.eventLoop.inEventLoop {
            context.value.serve(socket)
        } else {
            socket.move(to: context.eventLoop) { context.value.serve($0) }
        }
    }

    /// Whether another client may connect. If not, the connections that have been idle longest are closed.
    ///
    /// - Parameter resume: called once when there is a place again, on the event loop that accepts.
    func mayAccept(_ resume: @escaping @Sendable () -> Void) -> Bool {
        if self.places.hasPlace { return true }
        self.say(because: "\(self.places.limit) clients are connected, the other open files are reserved for backends")
        self.makeRoom()
        let eventLoop = self.contexts[0].eventLoop
        self.places.waitForPlace { eventLoop.execute(resume) }
        return false
    }

    /// Connections cannot be accepted; the next try is a second later.
    func failed(_ error: IOError) {
        self.say(because: "\(error)")
        self.makeRoom()
    }

    private func makeRoom() {
        for context in self.contexts { context.eventLoop.execute { context.value.closeLongestIdle(now: .now()) } }
    }

    private func say(because reason: String) {
        let now = NIODeadline.now()
        if self.lastError.value.map({ now - $0 > Self.quietTime }) ?? true {
            self.logger.error(
                "connections cannot be accepted",
                metadata: ["reason": "\(reason)", "remedy": "raise the limit of open files (ulimit -n, LimitNOFILE)"]
            )
        }
        self.lastError.value = now
    }
}
