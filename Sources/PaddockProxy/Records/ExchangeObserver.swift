// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who hears of every request that has ended: the access log, traces, the history.
package protocol ExchangeObserver: Sendable {
    /// An exchange has ended.
    ///
    /// Called on the client's event loop, just before the last bytes are flushed to it: it must not block, and whoever
    /// acts on the answer finds the record taken note of. Each request is told once, also one that was refused at its
    /// head; a connection that closes in the midst of a head told nothing.
    ///
    /// - Parameters:
    ///   - record: what became of the request.
    ///   - loop: the index of the event loop; calls with the same index come one after the other.
    func ended(_ record: SharedRecord, onLoop loop: Int)
}
