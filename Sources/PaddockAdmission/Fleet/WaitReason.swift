// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What a request waits for.
package struct WaitReason: Hashable, Sendable {
    /// What it is.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A slot of its model, which is loaded.
        case slot
        /// Another model has to give way, and then its own is the next to be loaded.
        case swap
        /// Its model is being loaded.
        case load
        /// Other models come first.
        case turn
        /// Every backend that could serve it refuses requests for now.
        case refused
        /// A request of its client to end, which has as many running as it may.
        case limit
        /// An operator to let its client go on, which is paused.
        case paused
    }

    /// The reason of a request whose client has as many running as it may.
    static let limit = WaitReason(.limit)

    /// The reason of a request whose client is paused.
    static let paused = WaitReason(.paused)

    /// What is in front.
    package struct Behind: Hashable, Sendable {
        /// The model that has to give way; with ``Kind/load`` its own.
        package let model: ModelName
        /// How many clients of that model hold a slot or wait.
        package let clients: Int
        /// How long until it gives way or is loaded, about.
        package let until: Nanoseconds

        /// Makes what is in front.
        package init(model: ModelName, clients: Int, until: Nanoseconds) {
            (self.model, self.clients, self.until) = (model, clients, until)
        }
    }

    /// What it is.
    package let kind: Kind
    /// What is in front; nil for a slot, and if every backend refuses.
    package let behind: Behind?

    /// Makes a reason.
    package init(_ kind: Kind, behind: Behind? = nil) {
        self.kind = kind
        self.behind = behind
    }
}

/// What is known of a request that waits.
package struct WaitingRequest: Hashable, Sendable {
    /// Its position among those that wait for its runner, about; 1 is next.
    package let position: Int
    /// What it waits for.
    package let reason: WaitReason
    /// When it will start, from now, about; nil if there is too little to go by.
    package let estimatedStart: Nanoseconds?
    /// When it will start at the latest, from now, about, if it is of class batch and interactive requests go on to take all that they
    /// may; nil if it is not, or there is too little to go by.
    package var latestStart: Nanoseconds?
    /// Whether only requests of one member of a cluster are counted.
    package var isOwn = false

    /// Makes what is known of a request.
    package init(position: Int, reason: WaitReason, estimatedStart: Nanoseconds?, latestStart: Nanoseconds? = nil) {
        (self.position, self.reason) = (position, reason)
        (self.estimatedStart, self.latestStart) = (estimatedStart, latestStart)
    }

    /// What a reading says of a request that waits; nil if it is active.
    package init?(_ reading: RequestSnapshot) {
        guard let reason = reading.waitsFor else { return nil }
        self.init(
            position: reading.position,
            reason: reason,
            estimatedStart: reading.estimatedStart,
            latestStart: reading.latestStart
        )
    }
}

extension Quotas {
    /// Why the requests of a client do not start whatever is free: it has as many with a slot as it may, or is paused; nil if they do.
    @inline(__always)
    func blockade(_ index: QuotaIndex) -> WaitReason? {
        guard self.isAtLimit(index) else { return nil }
        return self.isPaused(index) ? .paused : .limit
    }
}
