// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockServer

@Suite("Lines that gather")
struct LineLaneTests {
    private static func append(_ text: String, to lane: LineLane) -> LineLane.Appended {
        Array(text.utf8).withUnsafeBufferPointer { lane.append($0) }
    }

    @Test("The first line of a batch asks for a write, the next do not, a large batch asks at once")
    func batches() {
        let lane = LineLane()
        #expect(Self.append("one\n", to: lane) == .beginsBatch)
        #expect(Self.append("two\n", to: lane) == .waits)
        let long = String(repeating: "x", count: LineWriter.fullBatchBytes)
        #expect(Self.append(long, to: lane) == .fillsBatch)
        #expect(Self.append("more\n", to: lane) == .waits)
        var taken: [UInt8] = []
        lane.take { bytes, dropped in
            taken = bytes
            #expect(dropped == 0)
        }
        #expect(String(decoding: taken, as: UTF8.self) == "one\ntwo\n\(long)more\n")
        #expect(Self.append("three\n", to: lane) == .beginsBatch)
    }

    @Test("A full lane drops whole lines, counts them, and takes lines again once it was emptied")
    func drops() {
        let lane = LineLane()
        let long = String(repeating: "x", count: LineWriter.maxLaneBytes)
        _ = Self.append(long, to: lane)
        #expect(Self.append("lost\n", to: lane) == .dropped)
        #expect(Self.append("lost\n", to: lane) == .dropped)
        lane.take { bytes, dropped in #expect(bytes.count == long.utf8.count && dropped == 2) }
        #expect(Self.append("kept\n", to: lane) == .beginsBatch)
        lane.take { bytes, dropped in #expect(bytes == Array("kept\n".utf8) && dropped == 0) }
    }
}
