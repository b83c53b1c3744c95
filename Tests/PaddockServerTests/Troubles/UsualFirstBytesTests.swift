// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockServer

@Suite("What is usual of first bytes")
final class UsualFirstBytesTests {
    private var usual = UsualFirstBytes()
    private var counts = Histogram()
    private var now = Instant(nanoseconds: 1)

    /// Replies come for so many minutes, ten in each.
    private func run(minutes: Int, _ firstByte: Nanoseconds) -> Nanoseconds? {
        var found: Nanoseconds?
        for _ in 0..<minutes {
            for _ in 0..<10 { self.counts.add(firstByte) }
            self.now = self.now + .seconds(60)
            found = self.look()
        }
        return found
    }

    private func look() -> Nanoseconds? {
        let model = TroubleReading.Model(name: "llama2", firstBytes: self.counts)
        return self.usual.completed([model], now: self.now).first?.usualFirstByte
    }

    @Test("With too few replies nothing is usual; at first everything counts")
    func start() {
        #expect(self.run(minutes: 4, .milliseconds(200)) == nil)
        #expect(self.run(minutes: 1, .milliseconds(200)) == .milliseconds(250))
        #expect(self.run(minutes: 10, .seconds(4)) == .seconds(5))
    }

    @Test("What is slow now is compared with what was before it, not with itself")
    func outage() {
        #expect(self.run(minutes: 60, .milliseconds(200)) == .milliseconds(250))
        #expect(self.run(minutes: 20, .seconds(20)) == .milliseconds(250))
    }

    @Test("What was more than a day ago is forgotten, however long the process lives")
    func days() {
        #expect(self.run(minutes: 14 * 24 * 60, .seconds(8)) == .seconds(10))
        #expect(self.run(minutes: 24 * 60 + 30, .milliseconds(200)) == .milliseconds(250))
        #expect(self.run(minutes: 5, .seconds(8)) == .milliseconds(250))
    }

    @Test("A model that counts from zero again begins anew")
    func again() {
        #expect(self.run(minutes: 60, .seconds(8)) == .seconds(10))
        self.counts = Histogram()
        #expect(self.look() == nil)
        #expect(self.run(minutes: 5, .milliseconds(200)) == .milliseconds(250))
    }
}
