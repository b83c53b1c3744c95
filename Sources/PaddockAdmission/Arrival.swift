// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What becomes of a request at its arrival.
package enum Arrival: Hashable, Sendable {
    /// A slot is free: the request is active from now on. Turn the slot into a lease.
    case start(Slot)
    /// The request waits; its waiter will hear. The ticket cancels it.
    ///
    /// - Parameters:
    ///   - position: Its position, about; 1 is next. `nil` if somebody else decides, who will say (``WaiterAnswer/placed(_:_:)``).
    ///   - estimatedWait: How long it will wait, about; `nil` if there is too little to go by.
    case queued(Ticket, position: Int?, estimatedWait: Nanoseconds?)
    /// The request will get no slot. Its waiter hears nothing more.
    case rejected(Rejection)
}
