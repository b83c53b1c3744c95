// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// The kept connections to one backend on one event loop; the one used last is used next.
struct BackendPool {
    /// How long a connection may be idle and still be used. Servers such as uvicorn and llama.cpp's close theirs after
    /// five seconds; a request sent into that close would be lost.
    static let maxIdle = TimeAmount.seconds(4)

    /// How long a connection may be idle if its backend states how long it keeps it: a second less, as the two clocks and the way
    /// between them differ. Zero if it must not be reused.
    ///
    /// - Parameters:
    ///   - keepAlive: what the backend states.
    ///   - isChunked: whether its reply was chunked.
    static func maxIdle(_ keepAlive: KeepAlive, isChunked: Bool) -> TimeAmount {
        if let requests = keepAlive.maxRequests {
            // For the last request some servers send 1, some 0.
            if requests <= 1 { return .zero }
            // cpp-httplib, the HTTP library of llama.cpp's server, states `timeout=5, max=100` in every reply, and yet closes a moment
            // after the last chunk of one. A request sent in that moment would be lost.
            if isChunked { return .zero }
        }
        guard let seconds = keepAlive.seconds else { return Self.maxIdle }
        return min(Self.maxIdle, .seconds(Int64(clamping: max(1, seconds) - 1)))
    }

    private var idle: [BackendConnection] = []

    /// A connection that can carry a request, or nil when a new one has to be made.
    mutating func take(now: NIODeadline) -> BackendConnection? {
        while let handler = self.idle.popLast() {
            if handler.isUsable, now - handler.idleSince < handler.maxIdle { return handler }
            handler.close()
        }
        return nil
    }

    /// Keeps a connection for the next request.
    mutating func keep(_ handler: BackendConnection, now: NIODeadline) {
        handler.idleSince = now
        self.idle.append(handler)
    }

    /// Closes all.
    mutating func closeAll() {
        for connection in self.idle { connection.close() }
        self.idle = []
    }

    /// Closes connections that were idle for too long, and drops those that were closed meanwhile.
    mutating func sweep(now: NIODeadline) {
        self.idle.removeAll { handler in
            if handler.isUsable, now - handler.idleSince < handler.maxIdle { return false }
            handler.close()
            return true
        }
    }
}
