// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// Who is told of the requests of a member of a cluster, so that the coordinator can decide about them.
///
/// Called after the lock of the controller has been released, on the thread of whatever event caused it. Events of one request may
/// therefore come in another order than they happened in.
package protocol AdmissionFollower: AnyObject, Sendable {
    /// A request waits, behind others of its model or alone.
    func arrived(_ ticket: Ticket, _ request: ArrivingRequest, isBehind: Bool)
    /// A request that waited has left its queue without a slot.
    func left(_ ticket: Ticket)
    /// Somebody wants to know where a request is that waits: ``AdmissionController/show(_:_:place:)`` says it.
    func asks(_ ticket: Ticket)
    /// The reply to a request has begun, and is no error.
    func answered(_ slot: Slot, isStream: Bool)
    /// A backend has refused a request (503), which needs another one: ``moved(_:_:)`` follows.
    func refused(_ slot: Slot, retryAfter: Nanoseconds?)
    /// The backend of a request was of no use, and what became of the request here.
    func moved(_ slot: Slot, _ answer: Reassignment)
    /// A request that held a slot has ended.
    func ended(_ slot: Slot, _ ending: Ending, _ progress: ReplyProgress)
}
