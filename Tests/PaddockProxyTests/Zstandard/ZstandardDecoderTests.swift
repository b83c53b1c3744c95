// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockProxy
import Testing

@Suite("Zstandard decoder", .enabled(if: ZstandardLibrary.shared != nil, "needs libzstd.so.1"))
struct ZstandardDecoderTests {
    /// `message`, compressed by the zstd command at level 19.
    private static let packed: [UInt8] = [
        "28b52ffd04688d030012481811907d648443ecd44d37b7c24a4a4c77c710dde99bc953e56ec61f527f01",
        "aa8219b86b2968eeba9c15c319be3881c35a316740717a2eb025060e668023d8f03cf95c5dae967df8eb",
        "b07ef26edafb1c91c7ee298c1dfdf0435135e7939fae59fa3c04004439e01a3bca8a8a769a01f458820a",
    ].flatMap { line in
        stride(from: 0, to: line.count, by: 2).map { offset in
            UInt8(line.dropFirst(offset).prefix(2), radix: 16) ?? 0
        }
    }

    private static let message =
        #"{"model":"llama2","messages":[{"role":"user","content":"Why is the sky blue? "#
        + #"Because blue light is scattered more than red light is scattered."}],"stream":true}"#

    @Test("A compressed body is decompressed, in one piece and cut anywhere")
    func everyCut() throws {
        for cut in 0...Self.packed.count {
            let unpacked = try Self.unpack(Self.packed, cuts: [cut])
            #expect(String(decoding: unpacked, as: UTF8.self) == Self.message, "cut at \(cut)")
        }
        let unpacked = try Self.unpack(Self.packed, cuts: Array(Self.packed.indices))
        #expect(String(decoding: unpacked, as: UTF8.self) == Self.message)
    }

    @Test("Frames may follow each other, skippable ones too")
    func severalFrames() throws {
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let body = Self.packed + skippable + ZstandardFrame.raw(Array("abc".utf8)) + Self.packed + skippable
        let expected = Self.message + "abc" + Self.message
        #expect(try String(decoding: Self.unpack(body), as: UTF8.self) == expected)
        #expect(try String(decoding: Self.unpack(body, cuts: Array(body.indices)), as: UTF8.self) == expected)
    }

    @Test("Data that fills whole pieces is complete", arguments: [65_535, 65_536, 65_537, 131_072, 300_000])
    func pieces(count: Int) throws {
        let body = ZstandardFrame.repeating(0x61, count: count) + ZstandardFrame.raw([0x62])
        let unpacked = try Self.unpack(body)
        #expect(unpacked.count == count + 1)
        #expect(unpacked.last == 0x62)
    }

    @Test("20 MiB are decompressed and one byte more is refused")
    func limit() throws {
        let most = ZstandardFrame.repeating(0x61, count: ZstandardDecoder.maxUnpackedBytes)
        #expect(try Self.unpack(most).count == 20 << 20)
        #expect(throws: ZstandardProblem.tooLarge) { try Self.unpack(most + ZstandardFrame.raw([0x62])) }
    }

    @Test("A window of 8 MiB is taken and a larger one refused")
    func window() throws {
        #expect(try Self.unpack(ZstandardFrame.raw([0x61], windowLog: 23)) == [0x61])
        #expect(throws: ZstandardProblem.windowTooLarge) { try Self.unpack(ZstandardFrame.raw([0x61], windowLog: 24)) }
        #expect(throws: ZstandardProblem.windowTooLarge) { try Self.unpack(ZstandardFrame.raw([0x61], windowLog: 31)) }
    }

    @Test("A body that ends inside a frame, or has none, is incomplete")
    func incomplete() {
        for count in Self.packed.indices {
            #expect(throws: ZstandardProblem.incomplete, "after \(count) bytes") {
                try Self.unpack(Array(Self.packed.prefix(count)))
            }
            #expect(throws: ZstandardProblem.incomplete, "a second frame, after \(count) bytes") {
                try Self.unpack(Self.packed + Self.packed.prefix(max(count, 1)))
            }
        }
    }

    @Test("Other bytes are refused, and so is everything after them")
    func malformed() throws {
        #expect(throws: ZstandardProblem.malformed) { try Self.unpack(Array(#"{"model":"llama2"}"#.utf8)) }
        #expect(throws: ZstandardProblem.malformed) { try Self.unpack(Self.packed + Array("more".utf8)) }
        var damaged = Self.packed
        damaged[60] ^= 0xFF
        #expect(throws: ZstandardProblem.malformed) { try Self.unpack(damaged) }

        let decoder = try #require(ZstandardDecoder())
        #expect(throws: ZstandardProblem.malformed) { _ = try decoder.decode(damaged.span) { _ in } }
        #expect(throws: ZstandardProblem.malformed) { _ = try decoder.decode(Self.packed.span) { _ in } }
        #expect(throws: ZstandardProblem.malformed) { try decoder.finish() }
    }

    @Test("A step takes 16 KiB at most, and its memory is reported")
    func step() throws {
        let decoder = try #require(ZstandardDecoder())
        let body = ZstandardFrame.raw([UInt8](repeating: 0x61, count: 100_000), windowLog: 23)
        var used = 0
        var steps = 0
        while used < body.count || decoder.holdsMore {
            let count = try decoder.decode(body.span.extracting(used...)) { _ in }
            #expect(count <= 16_384)
            used += count
            steps += 1
        }
        try decoder.finish()
        #expect(steps >= 6)
        #expect(8 << 20...10 << 20 ~= decoder.heldBytes)
    }

    @Test("An empty piece changes nothing")
    func emptyPieces() throws {
        let cuts = Self.packed.indices.flatMap { Array(repeating: $0, count: 20) }
        let end = Array(repeating: Self.packed.count, count: 20)
        #expect(try String(decoding: Self.unpack(Self.packed, cuts: cuts + end), as: UTF8.self) == Self.message)
    }

    private static func unpack(_ body: [UInt8], cuts: [Int] = []) throws -> [UInt8] {
        let decoder = try #require(ZstandardDecoder())
        var unpacked: [UInt8] = []
        var start = 0
        for end in cuts + [body.count] {
            while start < end || decoder.holdsMore {
                start += try decoder.decode(body.span.extracting(start..<end)) { piece in
                    let count = piece.count
                    #expect(1...65_536 ~= count)
                    piece.withUnsafeBufferPointer { unpacked += $0 }
                }
            }
        }
        try decoder.finish()
        return unpacked
    }
}
