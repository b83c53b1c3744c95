// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP
import Testing

@Suite("Durations of a reply as it is followed")
struct ReplyTailTests {
    private static let metrics = #""total_duration":500,"load_duration":40,"eval_count":7,"eval_duration":60"#

    private static let expected: ReplyDurations = {
        var durations = ReplyDurations()
        (durations.total, durations.load, durations.eval) = (Nanoseconds(500), Nanoseconds(40), Nanoseconds(60))
        durations.answerTokens = 7
        return durations
    }()

    /// Follows a reply in bursts, and gives what it says at its end.
    private static func follow(
        _ bytes: [UInt8],
        _ framing: BodyFraming,
        cuts: [Int],
        _ prepare: (inout ReplyBody) -> Void
    ) throws -> ReplyDurations? {
        var body = ReplyBody(framing)
        prepare(&body)
        var start = 0
        for end in cuts + [bytes.count] {
            let burst = Array(bytes[start..<end])
            _ = try body.follow(burst.span, from: 0)
            if body.isReframed { _ = try body.follow(burst.span, from: 0) { _ in } }
            start = end
        }
        #expect(body.isComplete)
        return body.durations
    }

    private static func chunked(_ pieces: [String], blank: String = "") -> [UInt8] {
        let chunks = pieces.map { "\(String($0.utf8.count, radix: 16))\(blank)\r\n\($0)\r\n" }
        return Array((chunks.joined() + "0\r\n\r\n").utf8)
    }

    private static let whole = #"{"model":"a","response":"é\"}","done":true,"context":[\#(numbers)],\#(metrics)}"#
    private static let numbers = (0..<1_500).map { String($0) }.joined(separator: ",")
    private static let lines = [
        #"{"response":"\"done\":true","done":false}"# + "\n", #"{"response":"x","done":false}"# + "\n",
        #"{"response":"","done":true,"context":[1,2],\#(metrics)}"# + "\n",
    ]

    @Test("A whole reply, cut anywhere")
    func whole() throws {
        let bytes = Array(Self.whole.utf8)
        for cut in [0, 1, bytes.count - 2_049, bytes.count - 2_048, bytes.count - 1_025, bytes.count - 1_024]
            + Array(bytes.count - 130...bytes.count)
        {
            let found = try Self.follow(bytes, .length(bytes.count), cuts: [cut]) { $0.lookForEnd(.whole) }
            #expect(found == Self.expected, "cut at \(cut)")
        }
        let every = Array(1..<bytes.count)
        #expect(try Self.follow(bytes, .length(bytes.count), cuts: every) { $0.lookForEnd(.whole) } == Self.expected)
        #expect(try Self.follow(bytes, .length(bytes.count), cuts: []) { _ in } == nil)
    }

    @Test("A whole reply in chunks of any size, cut anywhere", arguments: 1...8)
    func chunks(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        for round in 0..<60 {
            let largest = generator.pick([1, 3, 20, 200, 2_000, 10_000])
            var pieces: [String] = []
            var rest = Substring(Self.whole)
            while !rest.isEmpty {
                pieces.append(String(rest.prefix(Int.random(in: 1...largest, using: &generator))))
                rest = rest.dropFirst(pieces.last?.count ?? 0)
            }
            let bytes = Self.chunked(pieces, blank: generator.pick(["", "", " "]))
            let cuts = generator.cuts(bytes.count, most: 8)
            let found = try Self.follow(bytes, .chunked, cuts: cuts) { $0.lookForEnd(.whole) }
            #expect(found == Self.expected, "seed \(seed), round \(round), cuts \(cuts)")
        }
    }

    @Test("A stream of lines, cut at every byte, has them when its final line has ended")
    func stream() throws {
        let bytes = Self.chunked(Self.lines)
        for cut in 0...bytes.count {
            let found = try Self.follow(bytes, .chunked, cuts: [cut]) { $0.lookForEnd(.ndjson) }
            #expect(found == Self.expected, "cut at \(cut)")
        }
        #expect(
            try Self.follow(bytes, .chunked, cuts: Array(1..<bytes.count)) { $0.lookForEnd(.ndjson) }
                == Self.expected
        )
        #expect(try Self.follow(bytes, .chunked, cuts: []) { $0.lookForEnd(.serverSentEvents) } == nil)
    }

    @Test("A long final line in random pieces", arguments: 1...6)
    func longLine(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        let bytes = Self.chunked(Self.lines.dropLast() + [Self.whole + "\n"])
        for round in 0..<100 {
            let cuts = generator.cuts(bytes.count, most: generator.pick([1, 5, 40]))
            let found = try Self.follow(bytes, .chunked, cuts: cuts) { $0.lookForEnd(.ndjson) }
            #expect(found == Self.expected, "seed \(seed), round \(round), cuts \(cuts)")
        }
    }

    @Test("What follows a final line is another one, and a line that is not final says nothing")
    func otherLines() throws {
        let open = Self.chunked([#"{"done":false,\#(Self.metrics)}"# + "\n", #"{"response":"x","done":false}"# + "\n"])
        #expect(try Self.follow(open, .chunked, cuts: []) { $0.lookForEnd(.ndjson) } == nil)
        let more = Self.chunked([Self.lines[2], Self.lines[1]])
        #expect(try Self.follow(more, .chunked, cuts: []) { $0.lookForEnd(.ndjson) } == nil)
        let unended = Self.chunked([String(Self.lines[2].dropLast())])
        #expect(try Self.follow(unended, .chunked, cuts: []) { $0.lookForEnd(.ndjson) } == nil)
    }

    @Test("A reply that has not ended says nothing")
    func unfinished() throws {
        var body = ReplyBody(.length(1_000))
        body.lookForEnd(.whole)
        let bytes = Array(#"{"a":{\#(Self.metrics)}"#.utf8)
        _ = try body.follow(bytes.span, from: 0)
        #expect(body.durations == nil)
    }
}
