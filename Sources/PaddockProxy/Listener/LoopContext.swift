// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

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
    /// Whose requests are whose.
    var clients: ClientDirectory
    private var pools: [BackendPool]
    /// Names of backends that are being looked up.
    private var lookUps: [Int: EventLoopFuture<[SocketAddress]>] = [:]
    private var ids = RequestIDSource()
    private var date = (second: -1, line: "")

    init(eventLoop: SocketLoop, index: Int, gateway: Gateway) {
        self.eventLoop = eventLoop
        self.index = index
        self.gateway = gateway
        self.clients = gateway.clients
        self.pools = Array(repeating: BackendPool(), count: gateway.backends.count)
        self.scheduleSweep()
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
        if let address = backend.address { return self.connect(exchange, to: index, at: [address]) }
        self.lookUp(index).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let addresses): self.connect(exchange, to: index, at: addresses)
            case .failure(let error): exchange.backendUnreachable("\(error)")
            }
        }
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

    private func connect(_ exchange: any BackendExchange, to index: Int, at addresses: [SocketAddress]) {
        ConnectAttempt.begin(addresses, within: .seconds(10), on: self.eventLoop) { result in
            switch result {
            case .success(let connection): exchange.backendConnected(BackendHandler(connection, backend: index))
            case .failure(let error): exchange.backendUnreachable("\(error)")
            }
        }
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
            self.scheduleSweep()
        }
    }
}
