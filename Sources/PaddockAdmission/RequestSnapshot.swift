// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A reading of one live request.
///
/// Meanings: contract, section 13.
package struct RequestSnapshot: Hashable, Sendable {
    /// Which it is.
    package let ticket: Ticket
    /// The request's id.
    package let id: String
    /// Its model.
    package let model: ModelName
    /// The name of its client.
    package let client: String
    /// Its class.
    package let requestClass: RequestClass
    /// Its position among those that wait for the model, 1 is next; 0 if it is active.
    package let position: Int
    /// Whether only requests of one member of a cluster are counted for its position and its estimates.
    package let isPlaceOwn: Bool
    /// How long it waited, or has waited so far.
    package let waited: Nanoseconds
    /// When it will start, from now; `nil` if it is active or there is too little to go by.
    package let estimatedStart: Nanoseconds?
    /// The same if interactive requests go on to take all that they may; `nil` if it is not of class batch, too.
    package let latestStart: Nanoseconds?
    /// What it waits for; `nil` if it is active.
    package let waitsFor: WaitReason?
    /// The index of its backend, if it is active.
    package let backend: BackendIndex?
    /// How long it has held its slot, if it is active.
    package let processing: Nanoseconds?
    /// How long its reply may still take to begin; below zero if that time is over, nil if it has begun or may take for ever.
    package let deadline: Nanoseconds?
    /// What it does just now; nil if that is not known.
    package let progress: LiveProgress?
    /// How long ago the last chunk of its stream was passed on; nil if there was none.
    package let sinceLastChunk: Nanoseconds?
    /// Who keeps it from getting on; nil if nobody does, or it waits.
    package let stall: Stall?
    /// For how long.
    package let stalled: Nanoseconds?
}
