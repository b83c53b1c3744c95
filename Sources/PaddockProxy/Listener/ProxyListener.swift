// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import PaddockAdmission
package import PaddockBase
package import PaddockConfiguration
internal import PaddockJSON
package import PaddockSockets
internal import Synchronization

/// The listening socket and its connections.
package final class ProxyListener: Sendable {
    private let socket: NIOLoopBound<ListeningSocket>
    private let hasStopped = Atomic(false)
    /// How many requests of batch jobs have been run.
    private let nextTurn = Atomic(0)
    private let contexts: [NIOLoopBound<LoopContext>]
    private let clients: [NIOLoopBound<ClientConnections>]
    /// Who watches the backends, on the first event loop; nil before it has begun.
    private let watchers: NIOLoopBoundBox<Watchers?>

    private struct Watchers {
        let prober: HealthProber
        let agent: FleetAgent
    }

    /// The addresses that clients connect to, with the real port if 0 was given; at least one.
    package let addresses: [SocketAddress]

    private init(
        socket: NIOLoopBound<ListeningSocket>,
        contexts: [NIOLoopBound<LoopContext>],
        clients: [NIOLoopBound<ClientConnections>],
        addresses: [SocketAddress]
    ) {
        self.clients = clients
        self.watchers = NIOLoopBoundBox.makeBoxSendingValue(nil, eventLoop: socket.eventLoop)
        self.socket = socket
        self.contexts = contexts
        self.addresses = addresses
    }

    /// The addresses to listen on, those of IPv4 first.
    ///
    /// - Parameters:
    ///   - host: an address, or a name that may have several.
    ///   - port: the TCP port; 0 takes a free one.
    ///   - group: the event loops that will serve the connections.
    /// - Returns: at least one.
    /// - Throws: `UnknownHost`.
    package static func addresses(
        of host: String,
        port: Int,
        on group: SocketLoopGroup
    ) async throws -> [SocketAddress] {
        if let address = HostAddresses.literal(host, port: port) { return [address] }
        let found = try await HostAddresses.lookUp(host, port: port, on: group.first).get()
        return found.filter { $0.protocol == .inet } + found.filter { $0.protocol != .inet }
    }

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - gateway: what the connections share.
    ///   - addresses: the addresses, all on one port; those that this machine does not have are left out.
    ///   - group: the event loops that serve the connections.
    /// - Returns: the listener.
    /// - Throws: `IOError`, such as that the port is taken.
    package static func start(
        _ gateway: Gateway,
        at addresses: [SocketAddress],
        on group: SocketLoopGroup
    ) async throws -> ProxyListener {
        let loads = LoopLoads(count: group.loops.count)
        var contexts: [NIOLoopBound<LoopContext>] = []
        var clients: [NIOLoopBound<ClientConnections>] = []
        for (index, eventLoop) in group.loops.enumerated() {
            let (context, connections) = try await eventLoop.submit {
                let context = LoopContext(eventLoop: eventLoop, index: index, gateway: gateway)
                let connections = ClientConnections(on: context, loads: loads)
                return (
                    NIOLoopBound(context, eventLoop: eventLoop), NIOLoopBound(connections, eventLoop: eventLoop)
                )
            }.get()
            contexts.append(context)
            clients.append(connections)
        }
        for each in clients { each.eventLoop.execute { [clients] in each.value.siblings = clients } }
        let acceptor = Acceptor(clients, loads: loads, places: gateway.clientPlaces, logger: gateway.logger)
        let listening = group.first.submit {
            let socket = try ListeningSocket(
                addresses,
                on: group.first,
                mayAccept: acceptor.mayAccept,
                accepted: acceptor.accepted,
                failed: acceptor.failed
            )
            return (NIOLoopBound(socket, eventLoop: group.first), socket.addresses)
        }
        let (socket, bound) = try await listening.get()
        return ProxyListener(socket: socket, contexts: contexts, clients: clients, addresses: bound)
    }

    /// What the connections of clients do, one event loop after the other, in parts.
    package func surveyConnections() async -> ConnectionSurvey {
        var survey = ConnectionSurvey()
        for clients in self.clients {
            var next: Int? = 0
            while let first = next {
                let look = clients.eventLoop.submit { clients.value.survey(from: first, now: .now()) }
                guard let (part, following) = try? await look.get() else { break }
                survey.add(part)
                next = following
            }
        }
        return survey
    }

    /// Begins to ask the backends whether they answer, now and from then on.
    ///
    /// - Parameters:
    ///   - limit: how long to wait for the first answers.
    ///   - agent: who acts on backends for the admission, from now on.
    /// - Returns: per backend whether it answered by then.
    package func startProbing(firstWithin limit: TimeAmount, _ agent: FleetAgent) async -> [Bool] {
        guard let context = self.contexts.first else { return [] }
        let eventLoop = context.eventLoop
        let first = eventLoop.flatSubmit {
            let backendCount = context.value.backends.count
            let answers = NIOLoopBoundBox(Array(repeating: false, count: backendCount), eventLoop: eventLoop)
            let done = eventLoop.makePromise(of: Void.self)
            agent.start(context.value)
            let prober = HealthProber(context.value)
            self.watchers.value = Watchers(prober: prober, agent: agent)
            prober.start { backend in answers.value[backend.value] = true }.assumeIsolated().whenComplete { _ in
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

    /// Tells every event loop of a backend: where it is, or that it is described anew. It must be called before the admission gives it
    /// requests.
    ///
    /// - Parameters:
    ///   - backend: the backend.
    ///   - index: its index.
    /// - Returns: whether it answered the first probe, which takes a few seconds if it does not.
    package func place(_ backend: Backend, at index: BackendIndex) async -> Bool {
        for context in self.contexts {
            try? await context.eventLoop.submit { context.value.backends.place(backend, at: index) }.get()
        }
        guard let context = self.contexts.first else { return false }
        let first = context.eventLoop.flatSubmit {
            guard let watchers = self.watchers.value else { return context.eventLoop.makeSucceededFuture(false) }
            watchers.agent.watch(index, on: context.value)
            return watchers.prober.begin(index)
        }
        return (try? await first.get()) ?? false
    }

    /// Tells every event loop that nothing new is asked of a backend. It must be called after the admission gave it the last request.
    ///
    /// - Parameter index: its index.
    package func retire(_ index: BackendIndex) async {
        for context in self.contexts {
            try? await context.eventLoop.submit { context.value.backends.retire(index) }.get()
        }
    }

    /// Asks a backend something on behalf of Paddock itself.
    ///
    /// - Parameters:
    ///   - path: the path, with its query.
    ///   - backend: the index of the backend.
    ///   - timeout: how long it may take.
    /// - Returns: the body of a reply with status 200 and at most 1 MiB, else nil.
    package func fetch(_ path: String, from backend: BackendIndex, within timeout: TimeAmount) async -> [UInt8]? {
        await self.ask(path, nil, backend, timeout)
    }

    /// Has a backend unload a model, as if a client had asked it to: at once, or when the last request of the model has ended there.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - backend: where it is loaded.
    ///   - timeout: how long the backend may take to answer.
    /// - Returns: whether it has answered with 200 in time.
    package func unload(_ model: ModelName, on backend: BackendIndex, within timeout: TimeAmount) async -> Bool {
        let body: JSONText = #"{"model":\#(model.description),"keep_alive":0,"stream":false}"#
        return await self.ask("/api/generate", body.string, backend, timeout) != nil
    }

    /// - Parameter body: the JSON that is posted; nil to ask without a body.
    private func ask(
        _ path: String,
        _ body: String?,
        _ backend: BackendIndex,
        _ timeout: TimeAmount
    ) async -> [UInt8]? {
        guard let context = self.contexts.first else { return nil }
        let reply = context.eventLoop.flatSubmit {
            var question = ForwardedRequest.Question(target: path, requestID: context.value.ids.next())
            question.body = body
            return Fetch(
                question,
                to: backend,
                timeout: timeout,
                within: CollectedReply.Budget(1 << 20),
                on: context.value
            ).result
        }
        guard let reply = try? await reply.get(), reply.status == 200 else { return nil }
        return Array(reply.body.readableBytesView)
    }

    /// Runs a request of a batch job, on the event loops in turn.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - done: called once, on an event loop.
    /// - Returns: ends the request if it is called, as if its client had left.
    package func run(
        _ request: BatchRequest,
        done: @escaping @Sendable (BatchReply) -> Void
    ) -> @Sendable () -> Void {
        let turn = self.nextTurn.wrappingAdd(1, ordering: .relaxed).oldValue
        let context = self.contexts[turn % self.contexts.count]
        let exchange = NIOLoopBoundBox<BatchExchange?>.makeBoxSendingValue(nil, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            exchange.value = BatchExchange(request, on: context.value) { reply in
                exchange.value = nil
                done(reply)
            }
            exchange.value?.start()
        }
        return { context.eventLoop.execute { exchange.value?.cancel() } }
    }

    /// Replaces the configuration of every event loop.
    ///
    /// A request whose first byte arrives after this call goes by the new ones.
    ///
    /// - Parameter configuration: the configuration from now on.
    package func apply(_ configuration: Configuration) {
        for context in self.contexts { context.eventLoop.execute { context.value.configuration = configuration } }
    }

    /// Stops accepting connections; existing ones continue.
    package func stopAccepting() async {
        guard !self.hasStopped.exchange(true, ordering: .relaxed), let first = self.contexts.first else { return }
        try? await first.eventLoop.submit { self.socket.value.close() }.get()
    }
}
