// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOEmbedded
import PaddockBase
import Testing

@testable import PaddockLog

@Suite("Writing lines")
struct LineWriterTests {
    private let loop = EmbeddedEventLoop()
    private let file = FileManager.default.temporaryDirectory.appending(path: "paddock-lines-\(UUID().uuidString)")

    private func lines() throws -> [String] {
        try String(contentsOf: self.file, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// Each finished check of the lanes started another, and a full batch added one to the one that was scheduled:
    /// under load there were so many that each line was written on its own.
    @Test("Lines gather for as long after full batches as before")
    func fullBatches() throws {
        let limits = LineLimits(batchEntries: 4, laneEntries: 8)
        let writer = LineWriter<Int>(try LineOutput(path: self.file.path) { _ in }, limits: limits, on: self.loop) {
            { $0.append($1) }
        }
        defer { try? FileManager.default.removeItem(at: self.file) }
        for batch in 0..<10 {
            for entry in 0..<5 { writer.append(10 * batch + entry) }
            self.loop.run()
            self.loop.advanceTime(by: .milliseconds(10))
        }
        self.loop.advanceTime(by: LineLimits.gatherTime - .milliseconds(99))
        let before = try self.lines().count
        #expect(before == 50)

        writer.append(1_000)
        self.loop.advanceTime(by: LineLimits.gatherTime - .nanoseconds(1))
        #expect(try self.lines().count == before)
        self.loop.advanceTime(by: .nanoseconds(1))
        #expect(try self.lines().last == "1000")
    }

    @Test("Lines are counted as lost for which there is no room, or which cannot be written")
    func losses() throws {
        let limits = LineLimits(batchEntries: 4, laneEntries: 8)
        let full = LineWriter<Int>(try LineOutput(path: "/dev/full") { _ in }, limits: limits, on: self.loop) {
            { $0.append($1) }
        }
        for entry in 0..<10 { full.append(entry) }
        #expect(full.lostLines == 2)
        self.loop.run()
        #expect(full.lostLines == 10)
    }
}
