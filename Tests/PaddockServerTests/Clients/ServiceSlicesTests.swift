// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockServer

@Suite("Service of clients in slices")
struct ServiceSlicesTests {
    private static func time(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    private static func slices(_ now: Double, _ runs: [(from: Double, to: Double)]) -> ServiceSlices {
        var slices = ServiceSlices()
        slices.advance(to: self.time(now))
        for run in runs {
            slices.hadWork(from: self.time(run.from), to: self.time(run.to))
            slices.hadSlot(from: self.time(run.from), to: self.time(run.to))
        }
        return slices
    }

    private static func shares(_ all: [(slices: ServiceSlices, weight: Double)]) -> [(share: Double, fair: Double)?] {
        let shares = ServiceShares(all, byTokens: false)
        return all.map { shares.share(of: $0.slices, weight: $0.weight) }
    }

    @Test("Shares are parts of the time with a slot, and fair by weight")
    func shares() throws {
        let busy = Self.slices(1_000, [(800, 900)])
        let half = Self.slices(1_000, [(800, 850), (855, 900)])
        let shares = Self.shares([(busy, 1), (half, 3)])
        let (first, second) = (try #require(shares[0]), try #require(shares[1]))
        #expect(abs(first.share - 100.0 / 195) < 1e-5 && abs(second.share - 95.0 / 195) < 1e-5)
        #expect(abs(first.fair - 0.25) < 1e-9 && abs(second.fair - 0.75) < 1e-9)
    }

    @Test("Who had work alone had all of it by right")
    func alone() throws {
        let early = Self.slices(1_000, [(800, 819)])
        let late = Self.slices(1_000, [(900, 919)])
        let none = ServiceSlices()
        let shares = Self.shares([(early, 1), (late, 1), (none, 1)])
        for share in shares.prefix(2) {
            let share = try #require(share)
            #expect(abs(share.share - 0.5) < 1e-6 && abs(share.fair - 0.5) < 1e-6)
        }
        #expect(shares[2] == nil)
    }

    @Test("What is older than 300 seconds is gone")
    func old() {
        var slices = Self.slices(1_000, [(600, 699), (995, 1_000)])
        #expect((0..<30).map { slices.service(at: $0, byTokens: false) }.reduce(0, +) == 5e9)
        slices.advance(to: Self.time(1_300))
        #expect(!slices.hasAnyWork)
        slices.hadWork(from: Self.time(0), to: Self.time(1_300))
        #expect((0..<30).allSatisfy { slices.hasWork(at: $0) })
        slices.advance(to: Self.time(1_000_000))
        #expect(!slices.hasAnyWork && (0..<30).allSatisfy { slices.service(at: $0, byTokens: false) == 0 })
    }

    @Test("Random times add up: all shares to 1, and all fair shares to 1", arguments: 1...20)
    func sums(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var all: [(slices: ServiceSlices, weight: Double)] = []
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            var runs: [(from: Double, to: Double)] = []
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let start = Double(Int.random(in: 0...999, using: &random))
                runs.append((start, min(1_000, start + Double(Int.random(in: 0...100, using: &random)))))
            }
            all.append((Self.slices(1_000, runs), Double(Int.random(in: 1...100, using: &random)) / 10))
        }
        let shares = Self.shares(all).compactMap(\.self)
        try #require(!shares.isEmpty)
        #expect(abs(shares.map(\.share).reduce(0, +) - 1) < 1e-4)
        #expect(abs(shares.map(\.fair).reduce(0, +) - 1) < 1e-4)
    }
}
