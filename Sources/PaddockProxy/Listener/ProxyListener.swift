// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import NIOPosix
internal import Synchronization

/// The listening socket and the connections that come of it.
package final class ProxyListener: Sendable {
    private let channel: any Channel
    private let contexts: [NIOLoopBound<LoopContext>]

    /// The address that clients connect to, with the real port where 0 was asked for.
    package let address: SocketAddress

    private init(channel: any Channel, contexts: [NIOLoopBound<LoopContext>], address: SocketAddress) {
        self.channel = channel
        self.contexts = contexts
        self.address = address
    }

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - gateway: what the connections share.
    ///   - host: a name or an address.
    ///   - port: the TCP port; 0 takes a free one.
    ///   - group: the event loops that serve the connections.
    /// - Returns: the listener.
    /// - Throws: the error of the operating system, such as one that the port is taken.
    package static func start(
        _ gateway: Gateway,
        host: String,
        port: Int,
        on group: MultiThreadedEventLoopGroup
    ) async throws -> ProxyListener {
        var contexts: [NIOLoopBound<LoopContext>] = []
        for (index, eventLoop) in group.makeIterator().enumerated() {
            let context = eventLoop.submit {
                NIOLoopBound(LoopContext(eventLoop: eventLoop, index: index, gateway: gateway), eventLoop: eventLoop)
            }
            contexts.append(try await context.get())
        }
        let contextByLoop = Dictionary(
            uniqueKeysWithValues: zip(group.makeIterator().map { ObjectIdentifier($0) }, contexts)
        )
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptErrorHandler(logger: gateway.logger))
                }
            }
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // So that what a client said before it ended its side is worked off before its connection goes.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context = contextByLoop[ObjectIdentifier(channel.eventLoop)] else {
                        preconditionFailure("every event loop of the group has its context")
                    }
                    try channel.pipeline.syncOperations.addHandler(ClientHandler(loop: context.value))
                }
            }
            .bind(host: host, port: port)
            .get()
        guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
        return ProxyListener(channel: channel, contexts: contexts, address: address)
    }

    /// Begins to ask the backends whether they answer, now and from then on.
    ///
    /// - Parameter limit: how long to wait for the first answers.
    /// - Returns: per backend whether it answered by then.
    package func startProbing(firstWithin limit: TimeAmount) async -> [Bool] {
        guard let context = self.contexts.first else { return [] }
        let eventLoop = context.eventLoop
        let first = eventLoop.flatSubmit {
            let backendCount = context.value.gateway.backends.count
            let answers = NIOLoopBoundBox(Array(repeating: false, count: backendCount), eventLoop: eventLoop)
            let done = eventLoop.makePromise(of: Void.self)
            let prober = HealthProber(context.value)
            prober.start { backend in answers.value[backend] = true }.assumeIsolated().whenComplete { _ in
                done.succeed()
            }
            let timer = eventLoop.scheduleTask(in: limit) { done.succeed() }
            return done.futureResult.map {
                timer.cancel()
                return answers.value
            }
        }
        return (try? await first.get()) ?? []
    }

    /// Asks a backend something on behalf of Paddock itself.
    ///
    /// - Parameters:
    ///   - path: the path, with its query.
    ///   - backend: the index of the backend.
    ///   - timeout: how long it may take.
    /// - Returns: the body of a reply with status 200 and at most 1 MiB, else nil.
    package func fetch(_ path: String, from backend: Int, within timeout: TimeAmount) async -> [UInt8]? {
        guard let context = self.contexts.first else { return nil }
        let reply = context.eventLoop.flatSubmit {
            BackendFetch.get(
                path,
                from: backend,
                requestID: context.value.nextRequestID(),
                timeout: timeout,
                maxBodyBytes: 1 << 20,
                on: context.value
            )
        }
        guard let reply = try? await reply.get(), reply.status == 200 else { return nil }
        return Array(reply.body.readableBytesView)
    }

    /// From now on requests are of these clients; each event loop takes it over in its own time.
    ///
    /// - Parameter clients: whose requests are whose.
    package func setClients(_ clients: ClientDirectory) {
        for context in self.contexts { context.eventLoop.execute { context.value.clients = clients } }
    }

    /// Stops accepting connections; those that are there go on.
    package func stopAccepting() async {
        try? await self.channel.close().get()
    }
}
