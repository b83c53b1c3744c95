// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockServer
import Testing

@Suite("What the system reports about the process")
struct ProcessReadingTests {
    private static let fields =
        "S 1 7 7 0 -1 4194304 9 0 0 0 150 50 0 0 20 0 4 0 12345 1048576 256 18446744073709551615"

    @Test("The name of the program may hold anything", arguments: ["paddock", "a b", ") R 1 (", ""])
    func name(name: String) {
        var reading = ProcessReading()
        reading.read(stat: "7 (\(name)) \(Self.fields)\n", pageSize: 4096, ticks: 100)
        #expect(reading.cpuSeconds == 2)
        #expect(reading.startTime == 123.45)
        #expect(reading.virtualBytes == 1_048_576)
        #expect(reading.residentBytes == 1_048_576)
    }

    @Test("A truncated or different line gives no values", arguments: ["", "7", "7 (paddock) S 1", ")"])
    func broken(stat: String) {
        var reading = ProcessReading()
        reading.read(stat: stat, pageSize: 4096, ticks: 100)
        #expect(reading == ProcessReading())
    }
}
