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
    /// A full loop gives away one of this many connections each second.
    static let share = 4

    /// The loop for a new connection.
    static func forNewConnection(_ loads: [Int]) -> Int {
        if let first = loads.firstIndex(where: { $0 < Self.busy }) { return first }
        return loads.indices.min { loads[$0] < loads[$1] } ?? 0
    }

    /// The loop that takes load off a full one, if there is one.
    static func relief(of index: Int, _ loads: [Int]) -> Int? {
        guard loads[index] >= Self.full else { return nil }
        let best = loads.indices.min { loads[$0] < loads[$1] } ?? index
        return loads[best] <= Self.idle ? best : nil
    }
}
