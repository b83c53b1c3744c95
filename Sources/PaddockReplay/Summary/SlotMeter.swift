// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How much of the slots of one model was used.
struct SlotMeter: Sendable {
    private(set) var active = 0
    /// How long each number of requests was active, in nanoseconds.
    private var levels: [Int64] = []
    private var first: Int64?
    private var since: Int64 = 0

    /// More or fewer requests hold a slot; with a change of zero something else has happened.
    mutating func change(_ change: Int, now: Int64) {
        if self.first == nil { (self.first, self.since) = (now, now) }
        while self.levels.count <= self.active { self.levels.append(0) }
        self.levels[self.active] += now - self.since
        self.since = now
        self.active += change
    }

    /// From the first to the last event, in nanoseconds.
    var span: Int64 { self.first.map { self.since - $0 } ?? 0 }

    /// All the time for which slots were held, in nanoseconds.
    var slotTime: Double {
        self.levels.enumerated().reduce(0) { $0 + Double($1.offset) * Double($1.element) }
    }

    /// How many slots there were, for all that can be seen: as many as were held at once for at least a hundredth of the
    /// time in which any was.
    ///
    /// Not simply the most: records end a moment after their slots are free.
    var visibleSlots: Int {
        let busy = self.levels.dropFirst().reduce(0, +)
        var above: Int64 = 0
        for level in self.levels.indices.dropFirst().reversed() {
            above += self.levels[level]
            if above > 0, above >= busy / 100 { return level }
        }
        return 0
    }
}
