// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

/// What became of one request, told to every `ExchangeObserver` when its exchange ends.
///
/// Everything that keeps or writes down ended requests is made of this one value.
package struct ExchangeRecord: Sendable {
    /// The request id.
    package var id: String
    /// Who asked (contract section 10); on routes that take no slots the address of the peer.
    package var client: Client
    /// Its class.
    package var requestClass: RequestClass
    /// Its method and its path.
    package var requestLine: RequestLine
    /// Whether its route takes slots.
    package var isQueued: Bool
    /// The model, where it is known.
    package var model: ModelName?
    /// The index of the backend that it was last sent to, or would have been; nil where none was chosen.
    package var backend: Int?
    /// The status that the client got; nil where it got none.
    package var status: Int?
    /// How it ended.
    package var outcome: Ending
    /// The code of an error of ours (contract section 5).
    package var code: String?
    /// Whether the reply of the backend is a stream.
    package var isStream: Bool
    /// Whether its reply was expected to be a stream.
    package var expectsStream: Bool
    /// How long it might take until its reply began, from its first byte.
    package var timeout: Duration
    /// Whether its client had said so itself.
    package var isTimeoutStated = false
    /// Its position at its arrival, 0 where a slot was free; nil where it had none.
    package var position: Int?
    /// How long it was expected to wait; nil where it did not wait or there was too little to go by.
    package var estimatedWait: Duration?
    /// The rule that gave it its slot.
    package var rule: StartRule?
    /// When its first byte came.
    package var began: Instant
    /// When it came before the admission: its body was complete and its model known.
    package var arrived: Instant?
    /// When it got its slot, or on its way to a backend without one.
    package var started: Instant?
    /// When the head of the backend's reply came.
    package var firstByte: Instant?
    /// When the last byte of the reply was on its way to the client, or the exchange broke off.
    package var ended: Instant
    /// The bytes of the request's body that were read, without framing.
    package var bytesIn: Int
    /// The bytes of the reply's body that were passed on, without framing.
    package var bytesOut: Int
    /// The chunks of the backend's reply that were passed on whole.
    package var chunks: Int
}

/// A record in memory that all who keep it share, as a copy for each would be felt.
package final class SharedRecord: Sendable {
    /// The record.
    package let record: ExchangeRecord

    /// - Parameter record: What all share from now on.
    package init(_ record: consuming ExchangeRecord) { self.record = record }
}

extension ExchangeRecord {
    /// Whether it came before the admission.
    package var isArrival: Bool { self.isQueued && self.model != nil && self.arrived != nil }

    /// How long it waited for a slot, or in vain; nil where it never came before the admission.
    package var waited: Duration? { self.arrived.map { $0.duration(to: self.started ?? self.ended) } }

    /// From the slot, or the start without one, to the head of the reply.
    package var firstByteTime: Duration? {
        guard let started = self.started, let firstByte = self.firstByte else { return nil }
        return started.duration(to: firstByte)
    }

    /// From the slot, or the start without one, to the end.
    package var processingTime: Duration? { self.started.map { $0.duration(to: self.ended) } }

    /// From the first byte of the request to the end.
    package var totalTime: Duration { self.began.duration(to: self.ended) }
}
