// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PaddockBase
import PaddockHTTP
import Testing

@Suite("Durations at the end of a reply")
struct ReplyDurationsTests {
    private static func durations(_ text: String) -> ReplyDurations? {
        let bytes = Array(text.utf8)
        return ReplyDurations(endOf: bytes.span)
    }

    private static let metrics =
        #""total_duration":5589157167,"load_duration":3013701500,"prompt_eval_count":26,"#
        + #""prompt_eval_duration":325953000,"eval_count":290,"eval_duration":2196451000"#

    private static let all: ReplyDurations = {
        var durations = ReplyDurations()
        durations.total = Nanoseconds(5_589_157_167)
        durations.load = Nanoseconds(3_013_701_500)
        durations.promptEval = Nanoseconds(325_953_000)
        durations.eval = Nanoseconds(2_196_451_000)
        durations.promptTokens = 26
        durations.answerTokens = 290
        return durations
    }()

    @Test(
        "What Ollama says is found",
        arguments: [
            #"{"model":"a","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",\#(metrics)}"#,
            #"{"model":"a","response":"x","done":true,"context":[1,2,3],\#(metrics)}"#,
            #"{"model":"a","done":true,\#(metrics),"logprobs":[{"token":"}\"]","bytes":[1]}],"x":null,"y":-1.5e3,"z":"\\"}"#,
            #"{\#(metrics)}"#, #"{\#(metrics)}"# + "\n", "{\"a\":1}\n{\(metrics)}\r\n",
            #"{ "a" : 5.0 , \#(metrics.replacingOccurrences(of: ":", with: " : "))  } "#,
            // The rest is beyond what is kept.
            #"1,2,3],\#(metrics)}"#, #"rt\",\#(metrics)}"#,
        ]
    )
    func found(text: String) { #expect(Self.durations(text) == Self.all) }

    @Test(
        "Nothing else is taken for it",
        arguments: [
            "", "}", "{}", "\n", "null", "[]", #"{"a":1"#, #"{"error":"x"}"#, #"{"done":true,"done_reason":"load"}"#,
            #"{"a":{\#(metrics)}}"#, #"{"a":[{\#(metrics)}]}"#, #"{"a":"\"total_duration\":5"}"#,
            #"{"a":"\"total_duration":5}"#, #"{"\"total_duration":5}"#, #"{"total_duration":"5"}"#,
            #"{"total_duration":-5}"#, #"{"total_duration":5.5}"#, #"{"total_duration":5e3}"#, #"{"total_duration":0}"#,
            #"{"total_duration":1234567890123456789}"#, #"{"Total_duration":5}"#, #"{"xtotal_duration":5}"#,
            #"{"total_duration":5,"a":1,"eval_count":5}"#, #"{\#(metrics)"#, #"{\#(metrics)]"#, #"\#(metrics)}x"#,
            #"{"eval_count":5,"prompt_eval_count":6}"#, "\u{1F}\u{8B}}", #"""}"#, #"":5}"#, #"n":5}"#, "]}", ":}", ",}",
        ]
    )
    func notFound(text: String) { #expect(Self.durations(text) == nil) }

    @Test("Of equal keys the last counts, and what is missing is zero")
    func last() throws {
        let found = try #require(Self.durations(#"{"total_duration":5,"load_duration":1,"total_duration":7}"#))
        #expect(found.total == Nanoseconds(7) && found.load == Nanoseconds(1))
        #expect(found.eval == .zero && found.promptTokens == 0)
        #expect(found.unaccounted == nil)
        #expect(Self.all.unaccounted == Nanoseconds(53_051_667))
        let large = try #require(Self.durations(#"{"total_duration":999999999999999999,"eval_count":99999999999}"#))
        #expect(large.total == Nanoseconds(999_999_999_999_999_999) && large.answerTokens == .max)
    }

    @Test("Any end of a reply gives the same durations or none, and some end gives them")
    func ends() {
        let reply = Array(
            #"{"a":"\\\"","response":"x]}\\","done":true,"context":[1,2,3],\#(Self.metrics),"b":{"c":[]}}"#.utf8
        )
        for start in reply.indices {
            let found = ReplyDurations(endOf: reply.span.extracting(start...))
            // The numbers in front may be cut off, but never one of them alone.
            for value in [found?.total, found?.load, found?.promptEval, found?.eval] {
                #expect(
                    value.map {
                        [.zero, Self.all.total, Self.all.load, Self.all.promptEval, Self.all.eval].contains($0)
                    }
                        ?? true
                )
            }
        }
    }

    @Test("At most 256 bytes may stand behind them")
    func distance() {
        for count in 200...300 {
            let behind = #""b":"\#(String(repeating: "x", count: count))"}"#
            let found = Self.durations(#"{"total_duration":5,"# + behind)
            #expect((found != nil) == (behind.utf8.count <= 256), "\(behind.utf8.count)")
        }
    }

    @Test("Random objects give what a decoder finds at their end", arguments: 1...8)
    func random(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        for round in 0..<300 {
            let sample = RandomReply(&generator)
            let text = "seed \(seed), round \(round): \(sample.text)"
            let object = try JSONSerialization.jsonObject(with: Data(sample.text.utf8)) as? [String: Any]
            var expected: ReplyDurations? = ReplyDurations()
            func value(_ key: String) -> Int64 {
                sample.together.contains(key) ? (object?[key] as? NSNumber)?.int64Value ?? 0 : 0
            }
            expected?.total = Nanoseconds(value("total_duration"))
            expected?.load = Nanoseconds(value("load_duration"))
            expected?.promptEval = Nanoseconds(value("prompt_eval_duration"))
            expected?.eval = Nanoseconds(value("eval_duration"))
            expected?.promptTokens = Int32(value("prompt_eval_count"))
            expected?.answerTokens = Int32(value("eval_count"))
            if expected?.total == .zero { expected = nil }
            #expect(Self.durations(sample.text) == expected, "\(text)")
        }
    }

    @Test("Whatever the bytes are, reading them ends", arguments: 1...4)
    func anyBytes(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let likely = Array("{}[]\",:\\0159tn_ \n".utf8)
        for _ in 0..<2_000 {
            var bytes = Array(Self.metrics.utf8).suffix(Int.random(in: 0...60, using: &generator))
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                bytes.insert(
                    generator.pick(likely),
                    at: Int.random(in: bytes.startIndex...bytes.endIndex, using: &generator)
                )
            }
            let all = Array(bytes) + Array("}".utf8)
            _ = ReplyDurations(endOf: all.span)
        }
    }
}

/// A reply with other members in front of its durations, and behind them.
private struct RandomReply {
    let text: String
    /// The keys of the numbers that stand together near enough to the end.
    let together: Set<String>

    init(_ generator: inout SeededRandom) {
        let keys = [
            "total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count",
            "eval_duration",
        ]
        let kept = keys.filter { _ in Int.random(in: 0..<5, using: &generator) > 0 }.shuffled(using: &generator)
        let numbers = kept.map { "\"\($0)\":\(Int.random(in: 0...2_000_000_000, using: &generator))" }
        let before = (0..<Int.random(in: 0...4, using: &generator)).map {
            "\"a\($0)\":" + Self.value(&generator, depth: 0)
        }
        let behind = (0..<Int.random(in: 0...2, using: &generator)).map {
            "\"b\($0)\":" + Self.value(&generator, depth: 0)
        }
        let separator = Bool.random(using: &generator) ? "," : " ,\n "
        self.text = "{" + (before + numbers + behind).joined(separator: separator) + "}"
        let isNear = behind.isEmpty || (behind.joined(separator: separator) + "}").utf8.count <= 256
        self.together = isNear ? Set(kept) : []
    }

    private static func value(_ generator: inout SeededRandom, depth: Int) -> String {
        switch Int.random(in: 0..<(depth < 3 ? 9 : 6), using: &generator) {
        case 0: return "null"
        case 1: return "true"
        case 2: return "-12.5e-3"
        case 3: return "17"
        case 4: return #""\"total_duration\":5,\\""#
        case 5: return #""]}{[:,\\\\\"""#
        case 6, 7:
            return "[" + (0..<3).map { _ in Self.value(&generator, depth: depth + 1) }.joined(separator: ",") + "]"
        default: return #"{"total_duration":5,"x":"# + Self.value(&generator, depth: depth + 1) + #","eval_count":6}"#
        }
    }
}
