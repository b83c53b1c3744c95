// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// What became of one request, handed to every `ExchangeObserver` when its exchange ends.
///
/// Everything that keeps or writes ended requests is made of this one value.
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
    /// The model, if it is known.
    package var model: ModelName?
    /// The index of the backend that it was last sent to, or would have been; nil if none was chosen.
    package var backend: BackendIndex?
    /// The status that the client got; nil if it got none.
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
    package var timeout: Nanoseconds
    /// Whether its client stated it.
    package var isTimeoutStated = false
    /// Its position at its arrival, 0 if a slot was free; nil if it had none.
    package var position: Int?
    /// How long it was expected to wait; nil if it did not wait or there was too little to go by.
    package var estimatedWait: Nanoseconds?
    /// The rule that gave it its slot.
    package var rule: StartRule?
    /// When its first byte arrived.
    package var began: Instant
    /// When it arrived at the admission: its body was complete and its model known.
    package var arrived: Instant?
    /// When it got its slot, or on its way to a backend without one.
    package var started: Instant?
    /// When the head of the backend's reply arrived.
    package var firstByte: Instant?
    /// When the last byte of the reply was sent to the client, or the exchange broke off.
    package var ended: Instant
    /// The bytes of the request's body that were read, without framing.
    package var bytesIn: Int
    /// The bytes of the reply's body that were passed on, without framing.
    package var bytesOut: Int
    /// The chunks of the backend's reply that were passed on whole.
    package var chunks: Int
    /// What the backend said at the end of the time that it took; nil if it said nothing.
    package var durations: ReplyDurations?
    /// Its tokens; nil if they are not known.
    package var tokens: TokenCounts?
    /// What it was waiting for when its time was up; nil if it did not time out.
    package var cause: TimeoutCause?
}

/// A record that everything that keeps it shares, as a copy for each would cost more than the record itself.
package final class SharedRecord: Sendable {
    /// The record.
    package let record: ExchangeRecord

    /// - Parameter record: What is shared from now on.
    package init(_ record: consuming ExchangeRecord) { self.record = record }

    // What follows from the record is asked for here for each request, as another module would copy the record for a call.

    /// Whether it reached the admission.
    package var isArrival: Bool { self.record.isArrival }

    /// As that of the record.
    package var isRefusal: Bool { self.record.isRefusal }

    /// As that of the record.
    package var waited: Nanoseconds? { self.record.waited }

    /// As that of the record.
    package var firstByteTime: Nanoseconds? { self.record.firstByteTime }

    /// As that of the record.
    package var loadTime: Nanoseconds? { self.record.loadTime }

    /// As that of the record.
    package var totalTime: Nanoseconds { self.record.totalTime }

    /// Whether its method, path and model are those of another one.
    package func asksTheSame(as other: SharedRecord) -> Bool {
        self.record.requestLine == other.record.requestLine
            && self.record.model?.description == other.record.model?.description
    }

    /// Whether its client, its class, the rule that gave it its slot and its backend are those of another one.
    package func isServedAlike(as other: SharedRecord) -> Bool {
        self.record.client.name == other.record.client.name && self.record.isQueued == other.record.isQueued
            && self.record.requestClass == other.record.requestClass && self.record.rule == other.record.rule
            && self.record.backend == other.record.backend
    }
}

extension ExchangeRecord {
    /// Whether it reached the admission.
    package var isArrival: Bool { self.isQueued && self.model != nil && self.arrived != nil }

    /// Whether Paddock refused it itself, without a backend: it was rejected, told that it would be too late, answered with 400 to 499, or
    /// got an error of one of our own routes.
    package var isRefusal: Bool {
        guard self.code != nil else { return false }
        return switch self.outcome.total {
        // Only what we answer ourselves has a code.
        case .completed, .rejected, .wouldTimeOut, .refused: true
        case .failed, .timedOut, .cancelled: false
        }
    }

    /// How long it waited, with or without a slot in the end; nil if it never reached the admission.
    package var waited: Nanoseconds? { self.arrived.map { (self.started ?? self.ended) - $0 } }

    /// From the slot, or the start without one, to the head of the reply.
    package var firstByteTime: Nanoseconds? {
        guard let started = self.started, let firstByte = self.firstByte else { return nil }
        return firstByte - started
    }

    /// From the slot, or the start without one, to the end.
    package var processingTime: Nanoseconds? { self.started.map { self.ended - $0 } }

    /// How long the backend waited for its runner, as it said itself: some milliseconds if that was loaded.
    package var loadTime: Nanoseconds? { self.durations?.load }

    /// From the first byte of the request to the end.
    package var totalTime: Nanoseconds { self.ended - self.began }
}
