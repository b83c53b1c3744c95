// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// The user of a connection. All calls are on the connection's event loop.
package protocol ConnectionDelegate: AnyObject {
    /// Bytes have arrived. They must be copied if they are kept beyond this turn, as they share their memory with what others
    /// have received.
    func received(_ bytes: ByteBuffer)
    /// The other side sends no more; it may still read.
    func peerEnded()
    /// ``Connection/isWritable`` has changed.
    func writabilityChanged()
    /// ``Connection/blockedSince`` has become nil, or is no longer.
    func blockageChanged()
    /// The other side had closed, or sent unexpected bytes, when what was written was about to be sent
    /// (``Connection/sendOnlyIfSilent()``, ``Connection/sendOnlyIfOpen()``). Nothing of it was sent, and the connection must not be used any
    /// more.
    ///
    /// - Parameter unsent: all that was written, in order.
    func tookNothing(_ unsent: [ByteBuffer])
    /// The connection is closed, for whatever reason; the last call.
    ///
    /// - Parameter isBroken: whether it was cut off, rather than closed by one of the two sides.
    func closed(isBroken: Bool)
}

extension ConnectionDelegate {
    /// For those who never ask.
    package func tookNothing(_ unsent: [ByteBuffer]) {}

    /// For those who do not care.
    package func blockageChanged() {}
}
