// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import PaddockAdmission
internal import PaddockHTTP

/// What the connections of one event loop share without a lock: kept backend connections, ids, the date.
final class LoopContext {
    let eventLoop: any EventLoop
    /// Which of the event loops it is, from 0.
    let index: Int
    let gateway: Gateway
    let turn: LoopTurn
    let allocator = ByteBufferAllocator()
    /// Whose requests are whose.
    var clients: ClientDirectory
    private var pools: [BackendPool]
    private var ids = RequestIDSource()
    private var date = (second: -1, line: "")

    init(eventLoop: any EventLoop, index: Int, gateway: Gateway) {
        self.eventLoop = eventLoop
        self.index = index
        self.gateway = gateway
        self.turn = LoopTurn(on: eventLoop)
        self.clients = gateway.clients
        self.pools = Array(repeating: BackendPool(), count: gateway.backends.count)
        let isolated = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in isolated.value.sweep() }
    }

    /// A fresh request id.
    func nextRequestID() -> String { self.ids.next() }

    /// The `Date` line of this second.
    func dateLine() -> String {
        let second = WallClock.secondsSinceEpoch()
        if second != self.date.second {
            self.date = (second, "Date: \(CivilTime(seconds: Int64(second)).httpDate)\r\n")
        }
        return self.date.line
    }

    // MARK: - Backend connections

    /// Gives an exchange a connection to a backend: a kept one at once, or a new one when it is there.
    func connect(_ exchange: any BackendExchange, to backend: Int) {
        if let kept = self.pools[backend].take(now: .now()) {
            exchange.backendConnected(kept)
        } else {
            self.connectAnew(exchange, to: backend)
        }
    }

    /// Gives an exchange a connection of its own.
    func connectAnew(_ exchange: any BackendExchange, to index: Int) {
        let backend = self.gateway.backends[index]
        let handler = BackendHandler(backend: index, turn: self.turn)
        let isolated = NIOLoopBound(handler, eventLoop: self.eventLoop)
        let bootstrap = ClientBootstrap(group: self.eventLoop)
            .connectTimeout(.seconds(10))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(isolated.value)
                }
            }
        let connected: EventLoopFuture<any Channel>
        if let address = try? SocketAddress(ipAddress: backend.host, port: backend.port) {
            connected = bootstrap.connect(to: address)
        } else {
            connected = bootstrap.connect(host: backend.host, port: backend.port)
        }
        connected.assumeIsolated().whenComplete { result in
            switch result {
            case .success: exchange.backendConnected(handler)
            case .failure(let error):
                // In a turn of its own: where a connect fails at once, as without file descriptors, each failure would
                // start the next waiter within itself, as deep as the queue is long.
                self.eventLoop.assumeIsolated().execute { exchange.backendUnreachable(Self.reason(error)) }
            }
        }
    }

    /// Keeps a connection whose exchange is over.
    func keep(_ handler: BackendHandler) {
        self.pools[handler.backend].keep(handler, now: .now())
    }

    private func sweep() {
        let now = NIODeadline.now()
        for index in self.pools.indices { self.pools[index].sweep(now: now) }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError where error.errnoCode == ECONNREFUSED: "connection refused"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "no connection within 10 s"
        case let error as NIOConnectionError where error.dnsAError != nil && error.dnsAAAAError != nil:
            "the name cannot be resolved"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { self.reason($0.error) } ?? "connection refused"
        default: "connection failed"
        }
    }
}
