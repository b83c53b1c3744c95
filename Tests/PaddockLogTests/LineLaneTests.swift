// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockLog

@Suite("Entries that gather")
struct LineLaneTests {
    private let lane = LineLane<Int>(LineLimits(batchEntries: 3, laneEntries: 5))

    @Test("The first entry of a batch asks for a write, the next do not, a large batch asks at once")
    func batches() {
        #expect((1...5).map(self.lane.append) == [.beginsBatch, .waits, .fillsBatch, .waits, .waits])
        self.lane.take { entries, dropped in #expect(entries == [1, 2, 3, 4, 5] && dropped == 0) }
        #expect(self.lane.append(6) == .beginsBatch)
    }

    @Test("A full lane drops entries, counts them, and takes entries again once it was emptied")
    func drops() {
        for entry in 1...5 { _ = self.lane.append(entry) }
        #expect(self.lane.append(6) == .dropped)
        #expect(self.lane.append(7) == .dropped)
        self.lane.take { entries, dropped in #expect(entries == [1, 2, 3, 4, 5] && dropped == 2) }
        #expect(self.lane.append(8) == .beginsBatch)
        self.lane.take { entries, dropped in #expect(entries == [8] && dropped == 0) }
        #expect(self.lane.droppedEver == 2)
    }
}
