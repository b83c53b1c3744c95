// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// One request as it was recorded.
///
/// Models and clients are numbers, as in ``ReplayTrace``, and times are in nanoseconds: a trace holds millions of these.
package struct ReplayRequest: Sendable {
    /// From how many nanoseconds on a ``load`` is one: 0.2 s. Ollama also says how long it took to look a loaded model up.
    private static let leastLoad: Int64 = 200_000_000

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
    /// How long its backend waited for its model, as that said itself, in nanoseconds; nil if it did not say.
    package var load: Int64?
    /// How long it held its slot, in nanoseconds; nil without one.
    package var processing: Int64?
    /// The number of its backend in the trace; below 0 without one.
    package var backend: Int32 = -1
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

    /// When it got its slot.
    var started: Int64 { self.arrived.addingOrMax(self.wait) }

    /// How long it waited for a load, in nanoseconds; nil if its model was loaded.
    var loadWait: Int64? {
        guard let load = self.load, load >= Self.leastLoad, let processing = self.processing else { return nil }
        return min(load, processing)
    }

    /// How long its client waited for a first byte until it went away, in nanoseconds since its arrival; nil if it did not.
    ///
    /// A client that went away later had seen enough, and will again.
    package var patience: Int64? {
        guard self.outcome == .cancelled, self.firstByte == nil else { return nil }
        return self.wait + (self.processing ?? 0)
    }
}
