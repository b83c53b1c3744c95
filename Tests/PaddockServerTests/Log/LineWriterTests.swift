// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOEmbedded
import Testing

@testable import PaddockServer

@Suite("Writing lines")
struct LineWriterTests {
    private let loop = EmbeddedEventLoop()
    private let file = FileManager.default.temporaryDirectory.appending(path: "paddock-lines-\(UUID().uuidString)")

    private func lines() throws -> [String] {
        try String(contentsOf: self.file, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func bring(_ line: String, to writer: LineWriter) {
        writer.append { buffer in
            for byte in line.utf8 { buffer.append(byte) }
        }
    }

    /// Each look at the lanes that was over let another begin, and a full batch brought a look beside the one that was scheduled:
    /// under load they became so many that each line was written on its own.
    @Test("Lines gather for as long after full batches as before")
    func fullBatches() throws {
        let writer = LineWriter(try LineOutput(path: self.file.path) { _ in }, lanes: 1, on: self.loop)
        defer { try? FileManager.default.removeItem(at: self.file) }
        let long = String(repeating: "x", count: 4_000)
        for _ in 0..<10 {
            for _ in 0..<(LineWriter.fullBatchBytes / 4_000 + 1) { self.bring(long, to: writer) }
            self.loop.run()
            self.loop.advanceTime(by: .milliseconds(10))
        }
        self.loop.advanceTime(by: LineWriter.gatherTime - .milliseconds(99))
        let before = try self.lines().count
        #expect(before == 170)

        self.bring("last", to: writer)
        self.loop.advanceTime(by: LineWriter.gatherTime - .nanoseconds(1))
        #expect(try self.lines().count == before)
        self.loop.advanceTime(by: .nanoseconds(1))
        #expect(try self.lines().last == "last")
    }
}
