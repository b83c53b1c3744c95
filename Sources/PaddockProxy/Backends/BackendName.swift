// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockSockets

/// The name of a backend's host, as one event loop looks it up.
final class BackendName {
    /// Looks a name up: host, port, and the event loop of the answer.
    typealias LookUp = @Sendable (String, Int, SocketLoop) -> EventLoopFuture<[SocketAddress]>

    /// The name.
    let host: String
    private let port: Int
    private let loop: SocketLoop
    private let lookUpAddresses: LookUp
    private var known = NameAddresses()
    /// One look-up at a time does for all who ask, as a name server that does not answer would hold a thread for each.
    private var running: EventLoopFuture<[SocketAddress]>?

    init(_ host: String, port: Int, on loop: SocketLoop, lookUp: @escaping LookUp) {
        self.host = host
        self.port = port
        self.loop = loop
        self.lookUpAddresses = lookUp
    }

    /// The addresses, if they were found recently.
    var freshAddresses: [SocketAddress]? { self.known.fresh(now: .now()) }

    /// The addresses that were found last, the best first; none if none were.
    var lastAddresses: [SocketAddress] { self.known.all }

    /// Finds the addresses anew. When the result comes, `lastAddresses` has what was found.
    func lookUp() -> EventLoopFuture<[SocketAddress]> {
        if let running = self.running { return running }
        self.known.ask(now: .now())
        let lookUp = self.lookUpAddresses(self.host, self.port, self.loop)
        self.running = lookUp
        // Before the others are told, as they may ask again.
        lookUp.assumeIsolated().whenComplete { result in
            self.running = nil
            if case .success(let addresses) = result { self.known.found(addresses, now: .now()) }
        }
        return lookUp
    }

    /// An address has accepted a connection.
    func connected(to address: SocketAddress) { self.known.connected(to: address) }

    /// None of the addresses accepted a connection.
    func failed() { self.known.failed() }

    /// Whether a connection to an address may carry another request: not if the name has that address no more.
    ///
    /// It looks the name up if that was long ago, for the answer to the next call.
    func mayKeep(_ address: SocketAddress?) -> Bool {
        if self.known.isDue(now: .now()) { _ = self.lookUp() }
        return address.map(self.known.contains) ?? true
    }
}
