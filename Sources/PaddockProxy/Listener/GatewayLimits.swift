// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The limits of the byte path that hold now. They may change while requests are under way: a request keeps the
/// `request_timeout` that it began with.
package final class GatewayLimits: Sendable {
    private let requestTimeoutNanoseconds: Atomic<Int64>
    private let queueKeepaliveNanoseconds: Atomic<Int64>
    private let idleTimeoutNanoseconds: Atomic<Int64>
    private let bodyBytes: Atomic<Int>
    private let queuedBytes: Atomic<Int>

    init(_ options: Gateway.Options) {
        self.requestTimeoutNanoseconds = Atomic(Self.nanoseconds(options.requestTimeout))
        self.queueKeepaliveNanoseconds = Atomic(Self.nanoseconds(options.queueKeepalive ?? .zero))
        self.idleTimeoutNanoseconds = Atomic(Self.nanoseconds(options.idleTimeout ?? .zero))
        self.bodyBytes = Atomic(options.maxBodyBytes)
        self.queuedBytes = Atomic(options.maxQueuedBytes)
    }

    /// `request_timeout`.
    package var requestTimeout: Duration {
        get { .nanoseconds(self.requestTimeoutNanoseconds.load(ordering: .relaxed)) }
        set { self.requestTimeoutNanoseconds.store(Self.nanoseconds(newValue), ordering: .relaxed) }
    }

    /// `queue_keepalive`; nil for never.
    package var queueKeepalive: Duration? {
        get { Self.duration(self.queueKeepaliveNanoseconds.load(ordering: .relaxed)) }
        set { self.queueKeepaliveNanoseconds.store(Self.nanoseconds(newValue ?? .zero), ordering: .relaxed) }
    }

    /// `idle_timeout`; nil for never.
    package var idleTimeout: Duration? {
        get { Self.duration(self.idleTimeoutNanoseconds.load(ordering: .relaxed)) }
        set { self.idleTimeoutNanoseconds.store(Self.nanoseconds(newValue ?? .zero), ordering: .relaxed) }
    }

    /// `max_body_bytes`.
    package var maxBodyBytes: Int {
        get { self.bodyBytes.load(ordering: .relaxed) }
        set { self.bodyBytes.store(newValue, ordering: .relaxed) }
    }

    /// `max_queued_bytes`.
    package var maxQueuedBytes: Int {
        get { self.queuedBytes.load(ordering: .relaxed) }
        set { self.queuedBytes.store(newValue, ordering: .relaxed) }
    }

    private static func duration(_ nanoseconds: Int64) -> Duration? {
        nanoseconds == 0 ? nil : .nanoseconds(nanoseconds)
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        Int64(clamping: duration.attoseconds / 1_000_000_000)
    }
}
