// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP
import Testing

@Suite("Tokens of a reply")
struct TokenCountsTests {
    private static func read(_ text: String) -> TokenCounts? { TokenCounts(usageIn: Array(text.utf8).span) }

    @Test(
        "Every dialect's usage",
        arguments: [
            #"{"choices":[],"usage":{"prompt_tokens":26,"completion_tokens":290,"total_tokens":316}}"#,
            #"{"usage":{"total_tokens":316,"completion_tokens":290,"prompt_tokens":26},"timings":{"x":1},"id":"a"}"#,
            #"{"usage" : { "prompt_tokens" : 26 , "completion_tokens" : 290 } }"#,
            #"{"usage":{"prompt_tokens":26,"prompt_tokens_details":{"prompt_tokens":1,"a":[{"x":{}}]},"completion_tokens":290}}"#,
            #"{"usage":{"input_tokens":26,"output_tokens":290,"output_tokens_details":{"reasoning_tokens":3}},"user":null}"#,
            #"{"usage":{"input_tokens":20,"cache_read_input_tokens":4,"cache_creation_input_tokens":2,"output_tokens":290}}"#,
            #"{"usage":{"prompt_tokens":26,"input_tokens":26,"completion_tokens":290,"output_tokens":290}}"#,
            #"{"usage":{"note":"}\",\"completion_tokens\":1","prompt_tokens":26,"completion_tokens":290}}"#,
            #"{"usage":{"prompt_tokens":1,"completion_tokens":2}}{"usage":{"prompt_tokens":26,"completion_tokens":290}}"#,
            #"{"usage":{"prompt_tokens":26,"completion_tokens":290}} text \"usage\":{\"prompt_tokens\":1}"#,
        ]
    )
    func dialects(text: String) {
        #expect(Self.read(text) == TokenCounts(prompt: 26, answer: 290))
    }

    @Test("Embeddings have a prompt only")
    func embeddings() {
        #expect(
            Self.read(#"{"data":[],"usage":{"prompt_tokens":9,"total_tokens":9}}"#) == TokenCounts(prompt: 9, answer: 0)
        )
    }

    @Test(
        "What is none says nothing",
        arguments: [
            "", #""usage""#, #""usage":"#, #"{"usage":null}"#, #"{"usage":{}}"#, #"{"usage":7}"#, #"{"usage":[1]}"#,
            #"{"usage":{"prompt_tokens":26,"completion_tokens":290"#, #"{"usage":{"prompt_tokens":26"#,
            #"{"usage":{"prompt_tokens":-26,"completion_tokens":2.5}}"#, #"{"usage":{"prompt_tokens":"26"}}"#,
            #"{"usage":{"prompt_tokens":1e9}}"#, #"{"text":"\"usage\":{\"prompt_tokens\":1}"}"#, #"{"text":"usage"}"#,
        ]
    )
    func nothing(text: String) { #expect(Self.read(text) == nil) }

    @Test("Numbers that are too large are the largest")
    func large() {
        let digits = String(repeating: "9", count: 400)
        let text =
            #"{"usage":{"input_tokens":\#(digits),"cache_read_input_tokens":\#(digits),"output_tokens":\#(digits)}}"#
        #expect(Self.read(text) == TokenCounts(prompt: .max, answer: .max))
    }

    @Test("Random bytes and cut replies never trap", arguments: 1...4)
    func random(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let parts = [
            "\"usage\":", "{", "}", "[", "]", "\"prompt_tokens\":", "12", ",", "\\", "\"", " ", "null", "\u{e9}",
        ]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...20, using: &generator)).map { _ in generator.pick(parts) }.joined()
            _ = Self.read(text)
        }
    }

    // MARK: - As a reply is followed

    private static func follow(
        _ bytes: [UInt8],
        _ framing: BodyFraming,
        _ format: FinalEventScanner.Format,
        cuts: [Int]
    ) throws -> TokenCounts? {
        var body = ReplyBody(framing)
        body.lookForEnd(format)
        var start = 0
        for end in cuts + [bytes.count] {
            _ = try body.follow(Array(bytes[start..<end]).span, from: 0)
            start = end
        }
        return body.readTokens()
    }

    private static func chunked(_ pieces: [String]) -> [UInt8] {
        Array((pieces.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined() + "0\r\n\r\n").utf8)
    }

    private static let pieces = (0..<40).map {
        #"data: {"id":"c","choices":[{"index":0,"delta":{"content":"word \#($0)"},"finish_reason":null}]}"# + "\n\n"
    }
    private static let openAIUsage =
        #"data: {"id":"c","choices":[],"usage":{"prompt_tokens":26,"completion_tokens":290,"total_tokens":316}}"#
        + "\n\n"
    private static let done = "data: [DONE]\n\n"

    private static let anthropic =
        [
            "event: message_start\n"
                + #"data: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":26,"output_tokens":1}}}"#
                + "\n\n"
        ]
        + (0..<40).map {
            "event: content_block_delta\n" + #"data: {"type":"content_block_delta","delta":{"text":"word \#($0)"}}"#
                + "\n\n"
        } + [
            "event: message_delta\n"
                + #"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":290}}"#
                + "\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ]

    @Test("A whole reply, cut anywhere")
    func whole() throws {
        let text =
            #"{"choices":[{"message":{"content":"\#(String(repeating: "word ", count: 600))"}}],"#
            + #""usage":{"prompt_tokens":26,"completion_tokens":290,"total_tokens":316}}"#
        let bytes = Array(text.utf8)
        for cut in [0, 1, 1_000, 2_047, 2_048] + Array(bytes.count - 90...bytes.count) {
            let found = try Self.follow(bytes, .length(bytes.count), .wholeWithUsage, cuts: [cut])
            #expect(found == TokenCounts(prompt: 26, answer: 290), "cut at \(cut)")
        }
        #expect(
            try Self.follow(bytes, .length(bytes.count), .wholeWithUsage, cuts: Array(1..<bytes.count))
                == TokenCounts(prompt: 26, answer: 290)
        )
        #expect(try Self.follow(bytes, .length(bytes.count + 1), .wholeWithUsage, cuts: []) == nil, "has not ended")
    }

    @Test("Streams tell them near their end, cut anywhere", arguments: 1...4)
    func streams(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        for stream in [
            Self.pieces + [Self.openAIUsage, Self.done], Self.pieces + [Self.openAIUsage + Self.done],
            [(Self.pieces + [Self.openAIUsage, Self.done]).joined()], Self.anthropic, [Self.anthropic.joined()],
        ] {
            let bytes = Self.chunked(stream)
            for round in 0..<60 {
                let cuts = generator.cuts(bytes.count, most: generator.pick([0, 1, 8, 60]))
                let found = try Self.follow(bytes, .chunked, .serverSentEvents, cuts: cuts)
                #expect(found == TokenCounts(prompt: 26, answer: 290), "seed \(seed), round \(round), cuts \(cuts)")
            }
        }
    }

    @Test("The response of OpenAI's responses tells them behind its text")
    func responses() throws {
        let last =
            "event: response.completed\n"
            + #"data: {"response":{"output":[{"text":"\#(String(repeating: "word ", count: 900))"}],"#
            + #""usage":{"input_tokens":26,"output_tokens":290,"total_tokens":316},"user":null}}"# + "\n\n"
        let found = try Self.follow(Self.chunked(Self.pieces + [last]), .chunked, .serverSentEvents, cuts: [])
        #expect(found == TokenCounts(prompt: 26, answer: 290))
    }

    @Test("Streams that tell none are counted by their chunks")
    func estimates() throws {
        let silent = Self.chunked(Self.pieces + [Self.done])
        #expect(
            try Self.follow(silent, .chunked, .serverSentEvents, cuts: [])
                == TokenCounts(prompt: 0, answer: 41, isEstimate: true)
        )
        let null = Self.pieces.map { $0.replacing("null}]}", with: "null}],\"usage\":null}") }
        #expect(
            try Self.follow(Self.chunked(null), .chunked, .serverSentEvents, cuts: [])
                == TokenCounts(prompt: 0, answer: 40, isEstimate: true)
        )
        let lines = Self.chunked(Array(repeating: #"{"response":"x","done":false}"# + "\n", count: 12))
        #expect(
            try Self.follow(lines, .chunked, .ndjson, cuts: []) == TokenCounts(prompt: 0, answer: 12, isEstimate: true)
        )
        // The client left in mid-stream: the prompt is known, the answer is not.
        let left = Self.chunked(Array(Self.anthropic.prefix(20))).dropLast(5)
        #expect(
            try Self.follow(Array(left), .chunked, .serverSentEvents, cuts: [])
                == TokenCounts(prompt: 26, answer: 20, isEstimate: true)
        )
    }

    @Test("Ollama's last line tells them")
    func ollama() throws {
        let line = #"{"response":"","done":true,"total_duration":5,"prompt_eval_count":26,"eval_count":290}"# + "\n"
        #expect(
            try Self.follow(Self.chunked([line]), .chunked, .ndjson, cuts: []) == TokenCounts(prompt: 26, answer: 290)
        )
    }

    @Test("A reply that is not looked at tells none")
    func unobserved() throws {
        var body = ReplyBody(.chunked)
        _ = try body.follow(Self.chunked([Self.openAIUsage]).span, from: 0)
        #expect(body.readTokens() == nil)
    }
}
