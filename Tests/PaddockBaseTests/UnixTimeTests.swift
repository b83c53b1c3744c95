// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@Suite("Dates of other programs")
struct UnixTimeTests {
    @Test(
        "A date of RFC 3339 is read to the nanosecond",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-08-21T18:48:22.123456789Z", 1_787_338_102_123_456_789),
            ("2026-08-21T18:48:22.1234567899999Z", 1_787_338_102_123_456_789),
            ("2026-08-21T20:48:22.5+02:00", 1_787_338_102_500_000_000),
            ("2026-08-21T11:48:22-07:00", 1_787_338_102_000_000_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
            ("2000-03-01T00:00:00Z", 951_868_800_000_000_000),
            ("1969-12-31T23:59:59.999999999Z", -1),
        ] as [(String, Int64)]
    )
    func rfc3339(text: String, nanoseconds: Int64) {
        #expect(UnixTime.nanoseconds(rfc3339: text) == nanoseconds)
    }

    @Test(
        "What is no date, or cannot be written, is none",
        arguments: [
            "", "2026", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2318-01-01T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:00+2:00", "-026-01-01T00:00:00Z", "2026-01-01T00:00:00.1e400Z", "２０２６-01-01T00:00:00Z",
        ]
    )
    func noDate(text: String) {
        #expect(UnixTime.nanoseconds(rfc3339: text) == nil)
    }

    @Test("The date of a reply is read back as it is written")
    func httpDate() {
        for seconds in [0, 951_868_799, 951_868_800, 1_787_338_102, 4_102_444_799] as [Int64] {
            let text = CivilTime(seconds: seconds).httpDate
            #expect(UnixTime.nanoseconds(httpDate: text) == seconds * 1_000_000_000, "\(text)")
        }
        for text in ["", "0", "Fri, 21 Aug 2026 18:48:22 CET", "Fri, 21 Foo 2026 18:48:22 GMT", "a b c d e GMT"] {
            #expect(UnixTime.nanoseconds(httpDate: text) == nil)
        }
    }
}
