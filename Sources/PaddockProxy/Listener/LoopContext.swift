// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// What the connections of one event loop share without a lock: kept backend connections, ids, the date.
final class LoopContext {
    let eventLoop: SocketLoop
    /// Which of the event loops it is, from 0.
    let index: Int
    let gateway: Gateway
    /// Makes the buffers of what is sent.
    var allocator: ByteBufferAllocator { self.eventLoop.allocator }
    /// The settings in effect; a reload replaces them between two requests.
    var settings: GatewaySettings
    /// What the admission has answered to the clients of this loop.
    let answers: AnswerQueue
    private var pools: [BackendPool]
    /// Names of backends that are being looked up.
    private var lookUps: [Int: EventLoopFuture<[SocketAddress]>] = [:]
    /// Bodies that are being unpacked.
    let unpacking: UnpackingQueue
    private var ids = RequestIDSource()
    private var date = (second: -1, line: "")

    /// How many connections are closed at once for being idle.
    private static let maxIdleClosed = 256
    /// How many connections are closed at once to make room for others.
    static let relief = 16
    /// For so long a connection is not idle enough to make room for another.
    private static let leastIdle = Duration.seconds(1)
    /// The connections of clients, in no order.
    private var handlers: [ClientHandler] = []
    private let loads: LoopLoads
    /// All event loops, this one included, in the order of their indices.
    var siblings: [NIOLoopBound<LoopContext>] = []
    private var measured: (time: NIODeadline, used: TimeAmount)

    init(eventLoop: SocketLoop, index: Int, gateway: Gateway, loads: LoopLoads = LoopLoads(count: 1)) {
        self.eventLoop = eventLoop
        self.index = index
        self.unpacking = UnpackingQueue(on: eventLoop)
        self.gateway = gateway
        self.settings = gateway.settings
        self.answers = AnswerQueue(eventLoop)
        self.pools = Array(repeating: BackendPool(), count: gateway.backends.count)
        self.loads = loads
        self.measured = (.now(), eventLoop.processorTime())
        self.scheduleSweep()
    }

    /// A fresh request id.
    func nextRequestID() -> String { self.ids.next() }

    /// Takes memory for a piece of a request.
    ///
    /// - Returns: whether it fits in `max_queued_bytes`; if not, nothing was taken.
    func takeBytes(_ count: Int) -> Bool { self.gateway.takeBytes(count, within: self.settings.maxQueuedBytes) }

    /// The `Date` line of this second.
    func dateLine() -> String {
        let second = WallClock.secondsSinceEpoch()
        if second != self.date.second {
            self.date = (second, "Date: \(CivilTime(seconds: Int64(second)).httpDate)\r\n")
        }
        return self.date.line
    }

    // MARK: - Backend connections

    /// A kept connection to a backend, or nil where a new one has to be made.
    func takeKept(to backend: Int) -> BackendHandler? { self.pools[backend].take(now: .now()) }

    /// Makes a new connection for an exchange, which hears in a later turn how that ended.
    ///
    /// - Returns: the attempt, which the exchange has to give up when it ends before that.
    func connectAnew(_ exchange: any BackendExchange, to index: Int) -> BackendAttempt {
        let backend = self.gateway.backends[index]
        let attempt = BackendAttempt(for: exchange, to: index, on: self.eventLoop)
        if let address = backend.address {
            attempt.connect(to: [address])
        } else {
            attempt.connect(toResultOf: self.lookUp(index), of: backend.host)
        }
        return attempt
    }

    /// Looks up the addresses of a backend: one look at a time does for all who ask, as a name server that does not answer
    /// would hold a thread for each.
    private func lookUp(_ index: Int) -> EventLoopFuture<[SocketAddress]> {
        if let running = self.lookUps[index] { return running }
        let backend = self.gateway.backends[index]
        let lookUp = HostAddresses.lookUp(backend.host, port: backend.port, on: self.eventLoop)
        self.lookUps[index] = lookUp
        // Before the others hear of it, who may ask again.
        lookUp.assumeIsolated().whenComplete { _ in self.lookUps[index] = nil }
        return lookUp
    }

    /// Keeps a connection whose exchange is over.
    func keep(_ handler: BackendHandler) {
        self.pools[handler.backend].keep(handler, now: .now())
    }

    private func scheduleSweep() {
        // For as long as there is the event loop, as is this.
        _ = self.eventLoop.schedule(at: .now() + .seconds(1)) {
            let now = NIODeadline.now()
            for index in self.pools.indices { self.pools[index].sweep(now: now) }
            self.closeIdle(now: .now())
            if self.gateway.clientPlaces.isWanted { self.closeLongestIdle(now: .now()) }
            self.balance(now: now)
            self.scheduleSweep()
        }
    }

    // MARK: - Connections of clients

    /// Serves a client that has just connected, or that another loop gave away.
    func serve(_ descriptor: Int32, _ peer: SocketAddress?) {
        do {
            let connection = try Connection(
                descriptor,
                on: self.eventLoop,
                remoteAddress: peer,
                noticesEndWhilePaused: true
            )
            connection.delegate = ClientHandler(connection, loop: self)
        } catch {
            self.gateway.clientPlaces.giveBack()
            self.gateway.logger.error("a connection cannot be served", metadata: ["reason": "\(error)"])
        }
    }

    /// A client's connection is served here from now on.
    func add(_ handler: ClientHandler) {
        handler.position = self.handlers.count
        self.handlers.append(handler)
    }

    /// A client's connection is closed, or served elsewhere.
    func remove(_ handler: ClientHandler) {
        let last = self.handlers.removeLast()
        guard last !== handler else { return }
        last.position = handler.position
        self.handlers[handler.position] = last
    }

    /// Closes the connections that have had no request for `idle_timeout`, so many of them that the turn stays short.
    func closeIdle(now: Instant) {
        guard let timeout = self.settings.idleTimeout else { return }
        let idle = self.handlers.filter { handler in handler.idleSince.map { $0.advanced(by: timeout) <= now } ?? false
        }
        for handler in idle.prefix(Self.maxIdleClosed) { handler.connection.close() }
    }

    /// Closes the connections that have been idle longest, as others wait for their places.
    func closeLongestIdle(now: Instant) {
        var idle = self.handlers.compactMap { handler in handler.idleSince.map { (since: $0, handler: handler) } }
        // The request of one that has just connected is probably on its way.
        idle.removeAll { $0.since.advanced(by: Self.leastIdle) > now }
        idle.sort { $0.since < $1.since }
        for entry in idle.prefix(Self.relief) { entry.handler.connection.close() }
    }

    /// Says how much there was to do, and gives connections away where it was too much.
    private func balance(now: NIODeadline) {
        let used = self.eventLoop.processorTime()
        let (time, before) = self.measured
        self.measured = (now, used)
        guard self.siblings.count > 1, now > time else { return }
        self.loads.set(Int((used - before).nanoseconds * 1000 / (now - time).nanoseconds), of: self.index)
        if let other = LoopPlacement.relief(of: self.index, self.loads.all) {
            self.giveConnections(to: self.siblings[other])
        }
    }

    /// Gives one in a few of the clients' connections to another loop, of those that are between two requests.
    func giveConnections(to other: NIOLoopBound<LoopContext>) {
        let handlers = self.handlers
        var left = max(1, handlers.count / LoopPlacement.share)
        for client in handlers where left > 0 {
            let peer = client.connection.remoteAddress
            guard let descriptor = client.giveAway() else { continue }
            left -= 1
            other.eventLoop.execute { other.value.serve(descriptor, peer) }
        }
    }
}
