// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An observer of each request that has ended: the access log, traces, the history.
///
/// An object, as calling one costs less than copying a value that may be of any type.
package protocol ExchangeObserver: AnyObject, Sendable {
    /// An exchange has ended.
    ///
    /// Called on the client's event loop, just before the last bytes are sent to it, so that a client that acts on the answer finds
    /// the request in the history. It must not block. Called once for each request, also for one that was refused at its head; not
    /// for a connection that closes within a head.
    ///
    /// - Parameters:
    ///   - record: what became of the request.
    ///   - loop: the index of the event loop; calls with the same index are one after the other.
    func ended(_ record: SharedRecord, onLoop loop: Int)
}
