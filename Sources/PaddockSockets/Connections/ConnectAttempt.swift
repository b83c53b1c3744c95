// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
package import NIOCore
internal import PaddockSystem

/// Making a connection to one of several addresses: a later one is tried when an earlier one fails or takes long, and the
/// first that connects is taken (RFC 8305, without its sorting).
package final class ConnectAttempt {
    /// Why there is no connection.
    package enum Failure: Error, CustomStringConvertible {
        /// The error of the last address.
        case failed(IOError)
        /// None of the addresses answered in time.
        case timedOut(TimeAmount)

        /// Whether it is this machine that lacks something, file descriptors or ports or memory, and says nothing about the
        /// other side.
        package var isShortage: Bool {
            guard case .failed(let error) = self else { return false }
            return Self.shortages.contains(error.errnoCode)
        }

        private static let shortages = [EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC, EADDRNOTAVAIL, EAGAIN]

        package var description: String {
            switch self {
            case .failed(let error) where error.errnoCode == ECONNREFUSED: "connection refused"
            case .failed(let error): String(cString: strerror(error.errnoCode))
            case .timedOut(let limit): "no connection within \(limit.nanoseconds / 1_000_000_000) s"
            }
        }
    }

    /// After so long without an answer the next address is tried, too (RFC 8305 §5).
    private static let patience = TimeAmount.milliseconds(250)

    private final class Try: Pollable {
        let descriptor: Int32
        let address: SocketAddress
        private weak var attempt: ConnectAttempt?

        init(_ descriptor: Int32, _ address: SocketAddress, _ attempt: ConnectAttempt) {
            self.descriptor = descriptor
            self.address = address
            self.attempt = attempt
        }

        func ready(_ readiness: Readiness) {
            self.attempt?.ended(self, result: paddock_connect_result(self.descriptor))
        }
        func loopEnds() { self.attempt?.abandon() }
    }

    private let loop: SocketLoop
    private var addresses: ArraySlice<SocketAddress>
    private var tries: [Try] = []
    private var whenDone: ((Result<Connection, Failure>) -> Void)?
    private var limit: ScheduledAction?
    private var next: ScheduledAction?

    private init(
        _ addresses: [SocketAddress],
        on loop: SocketLoop,
        _ whenDone: @escaping (Result<Connection, Failure>) -> Void
    ) {
        self.addresses = addresses[...]
        self.loop = loop
        self.whenDone = whenDone
    }

    /// Makes a connection; to be called on the loop.
    ///
    /// - Parameters:
    ///   - addresses: where to, the best first; at least one.
    ///   - limit: how long it may take in all.
    ///   - loop: the connection's event loop.
    ///   - done: called once in a later turn with the connection, or why there is none; not at all when it is cancelled or the
    ///     loop ends.
    /// - Returns: the attempt, so that it can be cancelled.
    @discardableResult
    package static func begin(
        _ addresses: [SocketAddress],
        within limit: TimeAmount,
        on loop: SocketLoop,
        _ done: @escaping (Result<Connection, Failure>) -> Void
    ) -> ConnectAttempt {
        let attempt = ConnectAttempt(addresses, on: loop, done)
        attempt.limit = loop.schedule(at: .now() + limit) { attempt.finish(.failure(.timedOut(limit))) }
        attempt.tryNext()
        return attempt
    }

    /// Ends it without a further call. Without effect once it is done.
    package func cancel() { self.abandon() }

    private func tryNext() {
        if let next = self.next.take() { self.loop.cancel(next) }
        guard let address = self.addresses.popFirst() else { return }
        if !self.addresses.isEmpty {
            self.next = self.loop.schedule(at: .now() + Self.patience) { [unowned self] in self.tryNext() }
        }
        let descriptor = address.withSockAddr { socket, _ in paddock_socket(socket) }
        guard descriptor >= 0 else { return self.failed(IOError(errnoCode: -descriptor, reason: "socket")) }
        let attempt = Try(descriptor, address, self)
        self.tries.append(attempt)
        do throws(IOError) { try self.loop.watch(descriptor, attempt, .writable) } catch {
            return self.ended(attempt, result: -error.errnoCode)
        }
        _ = paddock_send_at_once(descriptor)
        let result = address.withSockAddr { paddock_connect(descriptor, $0, socklen_t($1)) }
        // One that is connected at once is reported as writable, too.
        if result < 0, result != Int32(-paddock_in_progress) { self.ended(attempt, result: result) }
    }

    private func ended(_ attempt: Try, result: Int32) {
        guard result < 0 else { return self.succeed(attempt) }
        self.tries.removeAll { $0 === attempt }
        self.drop(attempt)
        self.failed(IOError(errnoCode: -result, reason: "connect"))
    }

    private func failed(_ error: IOError) {
        if !self.addresses.isEmpty {
            self.tryNext()
        } else if self.tries.isEmpty {
            // In a turn of its own: if a connect fails at once, as without file descriptors, each failure would start the
            // next waiter within itself, as deep as the queue is long.
            self.loop.later { self.finish(.failure(.failed(error))) }
        }
    }

    private func succeed(_ attempt: Try) {
        self.tries.removeAll { $0 === attempt }
        self.finish(
            .success(Connection(watched: attempt.descriptor, on: self.loop, remoteAddress: attempt.address))
        )
    }

    private func finish(_ result: Result<Connection, Failure>) {
        let whenDone = self.whenDone.take()
        self.abandon()
        whenDone?(result)
    }

    private func abandon() {
        self.whenDone = nil
        self.addresses = []
        if let limit = self.limit.take() { self.loop.cancel(limit) }
        if let next = self.next.take() { self.loop.cancel(next) }
        for attempt in Swift.exchange(&self.tries, with: []) { self.drop(attempt) }
    }

    private func drop(_ attempt: Try) {
        self.loop.unwatch(attempt.descriptor)
        _ = paddock_close(attempt.descriptor)
    }
}
