// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP
import Testing

@Suite("Chunks and bodies")
struct ChunkedDecoderTests {
    private struct Result: Equatable {
        var data: [UInt8] = []
        /// Where the body ended, counted from its first byte; nil if it continues.
        var end: Int?
    }

    private static func read(_ framing: BodyFraming, _ body: [UInt8], cuts: [Int] = []) throws -> Result {
        var reader = BodyReader(framing)
        var result = Result()
        var start = 0
        for pieceEnd in cuts + [body.count] where result.end == nil {
            let piece = Array(body[start..<pieceEnd])
            var index = 0
            reading: while true {
                switch try reader.next(piece.span, from: &index) {
                case .data(let range): result.data += piece[range]
                case .needsMore: break reading
                case .end(let end):
                    result.end = start + end
                    break reading
                }
            }
            if result.end == nil { #expect(index == piece.count) }
            start = pieceEnd
        }
        #expect(reader.hasEnded == (result.end != nil))
        return result
    }

    private static func read(_ framing: BodyFraming, _ body: String, cuts: [Int] = []) throws -> Result {
        try self.read(framing, Array(body.utf8), cuts: cuts)
    }

    @Test(
        "However chunks are split, their data and their end are the same",
        arguments: [
            ("0\r\n\r\n", ""), ("1\r\na\r\n0\r\n\r\n", "a"), ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
            ("003;a=\"b\";c\r\n\r\n\r\r\n00;x\r\nT: v\r\nU:\r\n\r\n", "\r\n\r"),
            ("1\r\na\r\n2;\r\nbc\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n000\r\n\r\n", "abcabcdefghijklmnopqrstuvwxyz"),
        ]
    )
    func everySplit(body: String, data: String) throws {
        let expected = Result(data: Array(data.utf8), end: body.utf8.count)
        let behind = "GET / HTTP/1.1\r\n"
        for first in 0...body.utf8.count {
            for second in first...body.utf8.count {
                let result = try Self.read(.chunked, body + behind, cuts: [first, second])
                #expect(result == expected, "cut at \(first) and \(second)")
            }
        }
        #expect(try Self.read(.chunked, body + behind, cuts: Array(0...body.utf8.count)) == expected)
        for count in 0..<body.utf8.count {
            #expect(try Self.read(.chunked, String(body.utf8.prefix(count)) ?? "").end == nil, "only \(count) bytes")
        }
    }

    @Test(
        "Broken chunks are refused wherever they are split",
        arguments: [
            "g\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", "\r\n", "\n", ";\r\n", "1\na\r\n",
            "1\r\na\n0\r\n\r\n", "1\r\nab\r\n", "1\r\na\rb", "1\ra\r\n", "1;\u{0}\r\na\r\n", "1;a\nb\r\n", "1;\r\r\na",
            "0\r\n\n", "0\r\nA: b\n\r\n", "0\r\nA: \u{0}\r\n\r\n", "0\r\n\rx", "0\n\r\n", "-0\r\n\r\n",
            "1000000000000000\r\n", "ffffffffffffffff\r\n", "0000000000000001\r\na\r\n", "1_0\r\n",
            "1\r\n\r\n\r\n0\r\n",
        ]
    )
    func broken(text: String) {
        let body = text + "aaaa"
        for cut in 0...body.utf8.count {
            #expect(throws: HeadProblem.self, "cut at \(cut)") { try Self.read(.chunked, body, cuts: [cut]) }
        }
        #expect(throws: HeadProblem.self) { try Self.read(.chunked, body, cuts: Array(0...body.utf8.count)) }
    }

    @Test("The largest size is read, and a body of that size just continues")
    func largestChunk() throws {
        let result = try Self.read(.chunked, "fffffffffffffff\r\nabc", cuts: [17])
        #expect(result == Result(data: Array("abc".utf8), end: nil))
    }

    @Test("Extensions and trailers without an end are too large")
    func endless() {
        let extensionBytes = "1;" + String(repeating: "x", count: 5000)
        #expect(throws: HeadProblem.tooLarge) { try Self.read(.chunked, extensionBytes) }
        let trailers = "0\r\n" + String(repeating: "A: b\r\n", count: 3000)
        #expect(throws: HeadProblem.tooLarge) { try Self.read(.chunked, trailers) }
    }

    @Test("A body of a known length ends there, one without a body at once, and one until close never")
    func otherFramings() throws {
        for cut in 0...9 {
            let length = try Self.read(.length(4), "012345678", cuts: [cut])
            #expect(length == Result(data: Array("0123".utf8), end: 4))
            #expect(try Self.read(.none, "012345678", cuts: [cut]) == Result(end: 0))
            let open = try Self.read(.untilClose, "012345678", cuts: [cut])
            #expect(open == Result(data: Array("012345678".utf8)))
        }
        #expect(try Self.read(.length(4), "012") == Result(data: Array("012".utf8)))
    }

    @Test("Random bytes are read or refused, and split or not the same way", arguments: 1...4 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let likely = Array("0123aF\r\n\r\n\r\n\r\n;x \u{0}g:".utf8)
        for _ in 0..<4000 {
            let body = (0..<Int.random(in: 0...40, using: &generator)).map { _ in generator.pick(likely) }
            let cuts = generator.cuts(body.count, most: 5)
            let whole = try? Self.read(.chunked, body)
            let split = try? Self.read(.chunked, body, cuts: cuts)
            #expect(whole == split, "\(body), cuts \(cuts)")
        }
    }
}
