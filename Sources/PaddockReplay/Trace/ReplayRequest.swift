// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// One request as it was recorded.
///
/// Models and clients are numbers, as in ``ReplayTrace``, and times are in nanoseconds: a trace holds millions of these.
package struct ReplayRequest: Sendable {
    /// When it arrived at the admission, in nanoseconds since an origin of the trace's own.
    package var arrived: Int64
    /// The index of its model.
    package var model: Int32
    /// The index of its client.
    package var client: Int32
    /// Its class.
    package var requestClass = RequestClass.interactive
    /// Whether its reply was expected to be a stream.
    package var expectsStream = false
    /// When it timed out if its reply had not begun, in nanoseconds since its arrival; nil for never.
    package var deadline: Int64?
    /// Whether its client stated it.
    package var isDeadlineStated = false
    /// How long it waited for its slot, or in vain, in nanoseconds.
    package var wait: Int64 = 0
    /// From the slot to the first byte of its reply, in nanoseconds; nil without one.
    package var firstByte: Int64?
    /// How long it held its slot, in nanoseconds; nil without one.
    package var processing: Int64?
    /// How it ended.
    package var outcome = Ending.completed
    /// The status that its client got, 0 if it got none.
    package var status: Int16 = 200
    /// The tokens of its prompt and its answer together.
    package var tokens: Int32 = 0

    /// Makes a request that completed at once.
    package init(arrived: Int64, model: Int32, client: Int32) {
        self.arrived = arrived
        self.model = model
        self.client = client
    }

    /// How long its client waited for a first byte until it went away, in nanoseconds since its arrival; nil if it did not.
    ///
    /// A client that went away later had seen enough, and will again.
    package var patience: Int64? {
        guard self.outcome == .cancelled, self.firstByte == nil else { return nil }
        return self.wait + (self.processing ?? 0)
    }
}
