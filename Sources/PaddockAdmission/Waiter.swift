// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who is told when a queued request leaves the queue.
///
/// Exactly one of the three is called, exactly once, unless the waiter is cancelled first. They are called after the lock of
/// the controller has been released, on the thread of whatever event caused them: hop to the right event loop, do not work
/// here.
package protocol Waiter: AnyObject, Sendable {
    /// The request holds a slot from now on.
    ///
    /// - Parameter slot: Turn it into a lease with ``AdmissionController/lease(_:)``, also where nobody wants the slot any
    ///   more: it is held until that lease ends.
    func start(_ slot: Slot)

    /// The request will get no slot.
    ///
    /// - Parameter rejection: Why, and when to come back.
    func reject(_ rejection: Rejection)

    /// The deadline has come.
    ///
    /// - Parameter waited: How long the request was queued.
    func timeOut(waited: Duration)
}
