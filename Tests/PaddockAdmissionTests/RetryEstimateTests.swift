// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("RetryEstimate")
struct RetryEstimateTests {
    @Test(
        "(queued + 1) × average ÷ slots, rounded up, from 1 to 60",
        arguments: [
            (0, Nanoseconds.zero, 1, 1),
            (500, .zero, 4, 1),
            (0, .milliseconds(1), 1, 1),
            (0, .seconds(1), 1, 1),
            (0, .seconds(1) + .nanoseconds(1), 1, 2),
            (1, .seconds(1), 2, 1),
            (2, .seconds(1), 2, 2),
            (3, .seconds(1), 2, 2),
            (9, .seconds(3), 4, 8),
            (58, .seconds(1), 1, 59),
            (59, .seconds(1), 1, 60),
            (60, .seconds(1), 1, 60),
            (100_000, .seconds(300), 1, 60),
            (0, .seconds(300), .max, 1),
        ]
    )
    func estimates(queued: Int, average: Nanoseconds, slots: Int, expected: Int) {
        #expect(RetryEstimate.seconds(queued: queued, averageProcessing: average, slots: slots) == expected)
    }
}
