// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockSockets

/// A connection to a backend in the making, for one exchange.
///
/// Only that exchange is told, and only until it gives up the attempt. So an attempt that ends late is never taken for one
/// of the next request on the same client connection, and does not affect that request's backend.
final class BackendAttempt {
    /// How long it may take in all, the look-up of the backend's name included (contract section 4).
    static let limit = TimeAmount.seconds(10)

    private let backend: BackendIndex
    private let loop: SocketLoop
    private let deadline = NIODeadline.now() + BackendAttempt.limit
    /// Nil once it was told how the attempt ended, or has given it up.
    private var exchange: (any BackendUser)?
    private var lookUpLimit: ScheduledAction?
    private var connecting: ConnectAttempt?

    /// - Parameters:
    ///   - exchange: who wants the connection.
    ///   - backend: its backend.
    ///   - loop: its event loop.
    init(for exchange: any BackendUser, to backend: BackendIndex, on loop: SocketLoop) {
        self.exchange = exchange
        self.backend = backend
        self.loop = loop
    }

    /// Ends the attempt without a further call to the exchange.
    func abandon() {
        self.exchange = nil
        self.stop()
    }

    /// Connects to one of these addresses.
    func connect(to addresses: [SocketAddress]) {
        guard self.exchange != nil else { return }
        let left = max(.zero, self.deadline - .now())
        self.connecting = ConnectAttempt.begin(addresses, within: left, on: self.loop) { result in
            switch result {
            case .success(let connection): self.end(BackendConnection(connection, backend: self.backend))
            case .failure(.timedOut): self.end(because: Self.outOfTime)
            case .failure(let failure) where failure.isShortage: self.end(with: .outOfResources("\(failure)"))
            case .failure(let failure): self.end(because: "\(failure)")
            }
        }
    }

    /// Connects once the addresses are known.
    func connect(toResultOf lookUp: EventLoopFuture<[SocketAddress]>, of name: String) {
        self.lookUpLimit = self.loop.schedule(at: self.deadline) {
            self.end(because: "the name \(name) was not resolved within \(Self.limit.nanoseconds / 1_000_000_000) s")
        }
        lookUp.assumeIsolated().whenComplete { result in
            if let limit = self.lookUpLimit.take() { self.loop.cancel(limit) }
            switch result {
            case .success(let addresses): self.connect(to: addresses)
            // In a turn of its own, as one look-up may fail for many.
            case .failure(let error): self.loop.later { self.end(because: "\(error)") }
            }
        }
    }

    private static let outOfTime = "no connection within \(limit.nanoseconds / 1_000_000_000) s"

    private func end(_ handler: BackendConnection) {
        let exchange = self.exchange.take()
        self.stop()
        exchange?.backendConnected(handler)
    }

    private func end(because reason: String) { self.end(with: .backendUnreachable(reason)) }

    private func end(with failure: ErrorCause) {
        let exchange = self.exchange.take()
        self.stop()
        exchange?.connectFailed(failure)
    }

    private func stop() {
        if let limit = self.lookUpLimit.take() { self.loop.cancel(limit) }
        if let connecting = self.connecting.take() { connecting.cancel() }
    }
}
