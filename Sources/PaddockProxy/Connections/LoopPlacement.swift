// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Which event loop serves which connection.
///
/// A loop with much to do does it in longer turns, which cost less for each request, and a slot that goes from one loop to the
/// other costs a wake-up. So connections gather on the first loop for as long as it has time left, and move on when it has none.
///
/// Loads are thousandths of a processor that a loop used during the last second.
enum LoopPlacement {
    /// From this load on a loop gets no new connection while another has less.
    static let busy = 800
    /// From this load on a loop gives connections to one that is ``idle``.
    static let full = 950
    /// Up to this load a loop gets connections of one that is ``full``.
    static let idle = 600
    /// Of its connections a full loop gives away one in so many each second.
    static let share = 4

    /// The loop for a new connection.
    static func forNewConnection(_ loads: [Int]) -> Int {
        if let first = loads.firstIndex(where: { $0 < Self.busy }) { return first }
        return loads.indices.min { loads[$0] < loads[$1] } ?? 0
    }

    /// The loop that relieves one of its load, where it needs that and there is one.
    static func relief(of index: Int, _ loads: [Int]) -> Int? {
        guard loads[index] >= Self.full else { return nil }
        let best = loads.indices.min { loads[$0] < loads[$1] } ?? index
        return loads[best] <= Self.idle ? best : nil
    }
}
