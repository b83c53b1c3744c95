// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@Suite("Days and hours as text")
struct HourTextTests {
    @Test("Every day of 200 years is read as it is written")
    func everyDay() {
        for day in 0..<73_000 where HourText.hours(HourText.day(day)) != day * 24...day * 24 + 23 {
            Issue.record("\(HourText.day(day))")
            return
        }
    }

    @Test("An hour is one hour")
    func hours() {
        for hour in 490_000..<490_100 { #expect(HourText.hours(HourText.hour(hour)) == hour...hour) }
        #expect(HourText.hour(25) == "1970-01-02T01")
    }

    @Test(
        "Anything else is neither",
        arguments: [
            "", "T", "2026", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-1-01", "2026-01-01T",
            "2026-01-01T24", "2026-01-01T1", "2026-01-01T01T01", "+026-01-01", "1969-12-31", "2026-01-01T+1",
        ]
    )
    func refused(text: String) {
        #expect(HourText.hours(text) == nil)
    }
}
