// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who is next, as far as an operator can choose (contract section 11).
package struct AdmissionPolicy: Hashable, Sendable {
    /// Whether slots and places are shared between clients.
    ///
    /// Defaults to `true`; `false` is plain order of arrival.
    package var isFair = true
    /// What a request adds to what its client has had.
    ///
    /// Defaults to `time`.
    package var fairnessBy = ServiceUnit.time
    /// The part of the slot time of interactive requests that batch earns while it waits, from 0.01 to 0.5.
    ///
    /// Defaults to 0.05.
    package var batchShare = 0.05
    /// How many slots of one model on one backend batch may hold; at least 1.
    ///
    /// Defaults to `nil`: all.
    package var batchSlots: Int?
    /// How models share backends that cannot hold all of them.
    ///
    /// Defaults to the default policy.
    package var fleet = FleetPolicy()

    /// Makes the default policy.
    package init() {}
}

/// What a request adds to what its client has had (contract section 11).
package enum ServiceUnit: String, CaseIterable, Hashable, Sendable {
    /// The time for which it held its slots.
    case time
    /// The tokens of its prompt and its answer, as its reply says; its time if that says nothing.
    case tokens
}

/// The rule that gave a request its slot (contract section 13).
package enum StartRule: UInt8, Hashable, Sendable {
    /// A slot was free when it arrived.
    case freeSlot
    /// It had waited longest, and nobody else's request of its class waited.
    case arrivalOrder
    /// Of the clients that waited, its client had had the least service.
    case leastService
    /// Batch had earned its guaranteed share.
    case batchShare
    /// A slot was free when it arrived, and of the backends with one those were preferred that had its runner loaded.
    case warm
    /// Its runner was loaded, and others wait for it to be unloaded; it was here in time.
    case visit
    /// Its runner was loaded in place of another one.
    case swap
    /// Its runner was loaded a second time, as its queue was long.
    case copy

    /// The name, as listings spell it.
    package var name: String {
        switch self {
        case .freeSlot: "free_slot"
        case .arrivalOrder: "arrival_order"
        case .leastService: "least_service"
        case .batchShare: "batch_share"
        case .warm: "warm"
        case .visit: "visit"
        case .swap: "swap"
        case .copy: "copy"
        }
    }
}
