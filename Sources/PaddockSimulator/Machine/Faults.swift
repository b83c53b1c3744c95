// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What is wrong with the simulated machine. It can be changed at any time.
struct Faults: Equatable, Sendable {
    /// How it fails. The raw values are those of `/sim/faults`.
    enum Kind: String, CaseIterable, Sendable {
        /// It does not fail.
        case none
        /// It stands still: no load and no inference gets any further. What needs no model is answered.
        case hang
        /// Every new request for inference is refused at once, as by a runner that has crashed.
        case terminated = "500"
        /// The runner crashes at the end of each answer: a stream ends with an error, another answer is one.
        case crash
        /// Every new request for inference is refused at once, as by a full queue.
        case busy
        /// Loads and inference take `factor` times as long.
        case slow
    }

    var kind = Kind.none
    /// How many times as long everything takes while it is slow, from 0.001 to 1,000,000.
    var factor = 10.0
    /// Slots of a model that is no embedding model, in place of the number with which the machine began, from 1 to 1,024.
    var parallel: Int?
}
