// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockServer
import Testing

@Suite
struct MemoryReportTests {
    @Test(
        "auto by available memory, to the byte",
        arguments: [
            (0, 1), ((8 << 30) - 1, 1), (8 << 30, 2), ((16 << 30) - 1, 2), (16 << 30, 4), (.max, 4),
        ] as [(UInt64, Int)]
    )
    func auto(availableBytes: UInt64, limit: Int) {
        #expect(AutoParallel.limit(MemoryReading(totalBytes: .max, availableBytes: availableBytes)) == limit)
    }

    @Test("auto is 1 if the system reports nothing")
    func unknown() {
        #expect(AutoParallel.limit(nil) == 1)
        #expect(AutoParallel.explanation(nil) == "auto: 1 as the available memory is not known")
    }

    @Test("The reason for the limit is one line")
    func explanation() {
        let reading = MemoryReading(totalBytes: 32 << 30, availableBytes: 37 << 29)
        #expect(AutoParallel.explanation(reading) == "auto: 4 by 18.5 GiB available")
    }

    @Test(
        "The profile by total memory, to the byte",
        arguments: [
            (0, .low), ((16 << 30) - 1, .low), (16 << 30, .medium), ((32 << 30) - 1, .medium), (32 << 30, .high),
            (.max, .high),
        ] as [(UInt64, MemoryProfile)]
    )
    func profile(totalBytes: UInt64, profile: MemoryProfile) {
        #expect(MemoryProfile(totalBytes: totalBytes) == profile)
    }

    @Test(
        "What each profile recommends",
        arguments: [
            (MemoryProfile.high, "high", 8, 1024), (.medium, "medium", 4, 512), (.low, "low", 2, 256),
        ]
    )
    func recommendation(profile: MemoryProfile, name: String, parallelLimit: Int, queueLimit: Int) {
        #expect(profile.rawValue == name)
        #expect(profile.limits == Limits(parallel: parallelLimit, queue: queueLimit))
    }

    @Test(
        "Numbers are rounded to one decimal",
        arguments: [
            (0, 0.0), (1 << 30, 1.0), ((1 << 30) * 5 / 4, 1.3), (53_687_091, 0.0), (53_687_092, 0.1),
            ((1 << 30) - 1, 1.0),
        ] as [(UInt64, Double)]
    )
    func rounding(bytes: UInt64, gigabytes: Double) {
        #expect(bytes.gigabytes == gigabytes)
    }

    @Test("A reading never has more available than there is, and nothing divides by zero")
    func bounds() {
        let reading = MemoryReading(totalBytes: 10, availableBytes: 20)
        #expect(reading.availableBytes == 10)
        #expect(reading.usedBytes == 0)
        #expect(MemoryReading(totalBytes: 0, availableBytes: 0).usedPercent == 0)
    }
}
