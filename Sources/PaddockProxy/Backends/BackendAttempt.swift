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
    /// Where it leads, if that is a name.
    private var name: BackendName?
    /// The addresses that are being tried though the name was not looked up for this attempt.
    private var remembered: [SocketAddress] = []
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
    func connect(to addresses: [SocketAddress]) { self.connect(to: addresses, within: self.left) }

    /// Connects to one of the addresses of a name: of those that were found of late if there are any. If none of these accepts a
    /// connection the name is looked up again.
    func connect(to name: BackendName) {
        self.name = name
        guard let addresses = name.freshAddresses else { return self.lookUp(name) }
        self.remembered = addresses
        // Half of the time is left for others.
        self.connect(to: addresses, within: .nanoseconds(self.left.nanoseconds / 2))
    }

    private var left: TimeAmount { max(.zero, self.deadline - .now()) }

    private func connect(to addresses: [SocketAddress], within limit: TimeAmount) {
        guard self.exchange != nil else { return }
        self.connecting = ConnectAttempt.begin(addresses, within: limit, on: self.loop) { result in
            switch result {
            case .success(let connection):
                if let address = connection.remoteAddress { self.name?.connected(to: address) }
                self.end(BackendConnection(connection, backend: self.backend))
            case .failure(let failure): self.failed(failure)
            }
        }
    }

    private func failed(_ failure: ConnectAttempt.Failure) {
        if failure.isShortage { return self.end(with: .outOfResources("\(failure)")) }
        let isTimeOut = if case .timedOut = failure { true } else { false }
        let reason = isTimeOut ? Self.outOfTime : "\(failure)"
        let remembered = Swift.exchange(&self.remembered, with: [])
        guard let name = self.name, !remembered.isEmpty else { return self.end(because: reason) }
        name.failed()
        // An address that did not answer in half the time may do so in the other half.
        self.lookUp(name, without: isTimeOut ? [] : remembered, reason)
    }

    /// Connects once the addresses are known.
    ///
    /// - Parameters:
    ///   - name: the name that is looked up.
    ///   - tried: the addresses that have failed.
    ///   - reason: why they have.
    private func lookUp(_ name: BackendName, without tried: [SocketAddress] = [], _ reason: String? = nil) {
        self.lookUpLimit = self.loop.schedule(at: self.deadline) {
            self.end(
                because: reason
                    ?? "the name \(name.host) was not resolved within \(Self.limit.nanoseconds / 1_000_000_000) s"
            )
        }
        name.lookUp().assumeIsolated().whenComplete { result in
            if let limit = self.lookUpLimit.take() { self.loop.cancel(limit) }
            // If it cannot be looked up now, the backend may still be where it was.
            let addresses = name.lastAddresses.filter { !tried.contains($0) }
            if !addresses.isEmpty { return self.connect(to: addresses) }
            // In a turn of its own, as one look-up may fail for many.
            self.loop.later {
                switch result {
                case .success: self.end(because: reason ?? Self.outOfTime)
                case .failure(let error): self.end(because: reason ?? "\(error)")
                }
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
