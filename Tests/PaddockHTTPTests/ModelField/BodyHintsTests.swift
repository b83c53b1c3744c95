// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP
import Testing

@Suite("What a body has besides its model")
struct BodyHintsTests {
    /// The hints of a body in one piece, byte by byte and cut in two anywhere: always the same.
    private static func hints(_ body: String) -> BodyHints? {
        let bytes = Array(body.utf8)
        var found: Set<String> = []
        var hints: BodyHints?
        for cut in 0...bytes.count {
            var scanner = ModelFieldScanner.json
            scanner.feed(bytes.span.extracting(0..<cut))
            scanner.feed(bytes.span.extracting(cut..<bytes.count))
            guard case .model = scanner.finish() else { return nil }
            hints = scanner.hints
            found.insert("\(scanner.hints)")
        }
        var scanner = ModelFieldScanner.json
        for index in bytes.indices { scanner.feed(bytes.span.extracting(index..<index + 1)) }
        _ = scanner.finish()
        found.insert("\(scanner.hints)")
        return found.count == 1 ? hints : nil
    }

    @Test(
        "The last top-level stream that is a boolean counts",
        arguments: [
            (#"{"model":"m"}"#, nil), (#"{"model":"m","stream":true}"#, true),
            (#"{"stream":false,"model":"m"}"#, false),
            (#"{"model":"m","STREAM" : true}"#, true), (#"{"model":"m","stream":true,"stream":false}"#, false),
            (#"{"model":"m","stream":true,"stream":null}"#, true), (#"{"model":"m","str\u0065am":true}"#, true),
            (#"{"model":"m","options":{"stream":true}}"#, nil), (#"{"model":"m","stream":"true"}"#, nil),
            (#"{"model":"m","stream":[true]}"#, nil), (#"{"model":"m","stream":{"a":true},"x":true}"#, nil),
            (#"{"model":"m","stream":1,"streams":true,"strea":true}"#, nil),
            (#"{"s":true,"model":"m","st":true}"#, nil),
            (#"{"model":"m","a":["stream",true]}"#, nil),
        ] as [(String, Bool?)]
    )
    func stream(body: String, stream: Bool?) throws {
        #expect(try #require(Self.hints(body)).stream == stream)
    }

    @Test(
        "The top-level service_tier that is flex counts",
        arguments: [
            (#"{"model":"m","service_tier":"flex"}"#, true), (#"{"model":"m","service_tier":"auto"}"#, false),
            (#"{"service_tier":"fl\u0065x","model":"m"}"#, true), (#"{"model":"m","service_tier":"flexible"}"#, false),
            (#"{"model":"m","service_tier":"fle"}"#, false), (#"{"model":"m","service_tier":"FLEX"}"#, false),
            (#"{"model":"m","service_tier":"flex","service_tier":"default"}"#, false),
            (#"{"model":"m","service_tier":["flex"]}"#, false),
            (#"{"model":"m","service_tier":null,"x":"flex"}"#, false),
            (#"{"model":"m","x":{"service_tier":"flex"}}"#, false),
            (#"{"model":"m","Service_Tier":"flex"}"#, true),
            (#"{"model":"m","service_tie":"flex","se":"flex"}"#, false),
        ]
    )
    func tier(body: String, isFlex: Bool) throws {
        #expect(try #require(Self.hints(body)).isFlexTier == isFlex)
    }

    @Test(
        "A top-level keep_alive of zero unloads",
        arguments: [
            (#"{"model":"m"}"#, false), (#"{"model":"m","keep_alive":0}"#, true),
            (#"{"model":"m","keep_alive":"0s"}"#, true),
            (#"{"KEEP_alive":-0,"model":"m"}"#, true), (#"{"model":"m","k\u0065ep_alive":"0"}"#, true),
            (#"{"model":"m","keep_alive":5}"#, false), (#"{"model":"m","keep_alive":"5m"}"#, false),
            (#"{"model":"m","keep_alive":"0m1s"}"#, false), (#"{"model":"m","keep_alive":null}"#, false),
            (#"{"model":"m","keep_alive":0,"keep_alive":5}"#, false),
            (#"{"model":"m","keep_alive":0,"keep_alive":null}"#, false),
            (#"{"model":"m","keep_alive":[0]}"#, false), (#"{"model":"m","options":{"keep_alive":0}}"#, false),
            (#"{"model":"m","keep_alives":0,"keep_aliv":0,"k":0}"#, false),
            (#"{"model":"m","a":["keep_alive",0]}"#, false),
        ]
    )
    func keepAlive(body: String, unloads: Bool) throws {
        #expect(try #require(Self.hints(body)).unloads == unloads)
    }

    @Test(
        "The keep_alive is a number of seconds or a duration of Go's",
        arguments: [
            ("300", .seconds(300)), ("0", .zero), ("-0", .zero), ("0.5", .milliseconds(500)), ("1e2", .seconds(100)),
            ("1E+2", .seconds(100)), ("25e-1", .milliseconds(2_500)), ("-1", BodyHints.forever),
            ("-0.1", BodyHints.forever),
            ("1e300", BodyHints.forever), ("1e-300", .zero), ("9e9999999999", BodyHints.forever),
            (#""5m""#, .seconds(300)), (#""1h30m""#, .seconds(5_400)), (#""1.5s""#, .milliseconds(1_500)),
            (#""+2ms""#, .milliseconds(2)), (#"".5us""#, .nanoseconds(500)), (#""3µs""#, .microseconds(3)),
            (#""3μs""#, .microseconds(3)), (#""7ns""#, .nanoseconds(7)), (#""0""#, .zero), (#""-0s""#, .zero),
            (#""-1m""#, BodyHints.forever), (#""5\u006d""#, .seconds(300)),
            (#""2562047h""#, .seconds(2_562_047 * 3_600)),
            (#""-1""#, nil), (#""5""#, nil), (#""""#, nil), (#""m""#, nil), (#""5 m""#, nil), (#""5d""#, nil),
            (#"".s""#, nil), (#""1h-3m""#, nil), (#""2562048h""#, nil), (#""99999999999999999999s""#, nil),
            (#""+""#, nil),
            ("null", nil), ("true", nil), ("[5]", nil), (#"{"a":5}"#, nil),
            (#""\#(String(repeating: "0", count: 70))s""#, nil), (String(repeating: "1", count: 80), nil),
        ] as [(String, Nanoseconds?)]
    )
    func keepAliveDuration(value: String, duration: Nanoseconds?) throws {
        #expect(try #require(Self.hints(#"{"model":"m","keep_alive":\#(value)}"#)).keepAlive == duration)
        let twice = #"{"keep_alive":"1m","model":"m","Keep_Alive" : \#(value) , "x":5}"#
        #expect(try #require(Self.hints(twice)).keepAlive == duration)
        #expect(try #require(Self.hints(#"{"a":{"keep_alive":\#(value)},"model":"m"}"#)).keepAlive == nil)
        #expect(try #require(Self.hints(#"{"a":[\#(value),\#(value)],"model":"m"}"#)).keepAlive == nil)
    }

    @Test(
        "The options that matter to a runner are found",
        arguments: [
            (#""options":{"num_ctx":8192}"#, "num_ctx=8192"), (#""OPTIONS":{"num_ctx":8192.9}"#, "num_ctx=8192"),
            (#""options":{"temperature":1,"num_ctx":81.92e2,"stop":["a","num_ctx"]}"#, "num_ctx=8192"),
            (#""options":{"num\u005fctx":8192}"#, "num_ctx=8192"), (#""options":{"Num_ctx":8192}"#, ""),
            (#""num_ctx":8192"#, ""), (#""a":{"options":{"num_ctx":8192}}"#, ""), (#""a":[{"num_ctx":8192}]"#, ""),
            (#""options":{"a":{"num_ctx":8192}}"#, ""), (#""options":{"a":[{"num_ctx":1}],"num_ctx":5}"#, "num_ctx=5"),
            (#""options":{"num_ctx":5},"a":{"num_ctx":6}"#, "num_ctx=5"), (#""options":{}"#, ""),
            (#""options":null"#, ""),
            (
                #""options":{"num_thread":6,"use_mmap":true,"main_gpu":0,"num_gpu":20,"num_batch":512,"num_ctx":1}"#,
                "num_ctx=4 num_batch=512 num_gpu=20 main_gpu=0 use_mmap=true num_thread=6"
            ),
            (#""options":{"draft_num_predict":8},"shift":false"#, "draft_num_predict=8 shift=false"),
            (#""shift":true"#, ""), (#""options":{"shift":false}"#, ""), (#""shift":false,"shift":null"#, ""),
            // Twice: the last value counts, and a null takes it back.
            (#""options":{"num_ctx":5,"num_ctx":6}"#, "num_ctx=6"), (#""options":{"num_ctx":5,"num_ctx":null}"#, ""),
            (#""options":{"num_ctx":5},"options":{"num_gpu":6}"#, "num_ctx=5 num_gpu=6"),
            (#""options":{"num_ctx":5},"options":null,"shift":false"#, "shift=false"),
            (#""options":{"num_ctx":"5","num_ctx":6}"#, "num_ctx=6"),
            (#""options":{"num_ctx":"5"},"options":null"#, ""),
            // Impossible values.
            (#""options":{"num_ctx":-8192}"#, "num_ctx=4"), (#""options":{"num_ctx":1e308}"#, "num_ctx=2147483647"),
            (#""options":{"num_batch":-1e99}"#, "num_batch=-2147483647"),
            (#""options":{"num_ctx":1e-308}"#, "num_ctx=4"),
            (#""options":{"num_gpu":-1}"#, ""),
            // Of a wrong type: Ollama refuses the request.
            (#""options":{"num_gpu":5,"num_ctx":"8192"}"#, ""), (#""options":{"num_gpu":5,"num_ctx":true}"#, ""),
            (#""options":{"num_gpu":5,"num_ctx":{"num_ctx":1}}"#, ""),
            (#""options":{"num_gpu":5,"num_ctx":[8192]}"#, ""),
            (#""options":{"num_gpu":5,"use_mmap":1}"#, ""), (#""options":{"num_gpu":5},"options":5"#, ""),
            (#""options":"x","options":{"num_gpu":5}"#, ""), (#""options":[{"num_gpu":5}]"#, ""),
            (#""options":{"num_gpu":5},"shift":"no""#, ""),
        ]
    )
    func options(members: String, text: String) throws {
        #expect(try #require(Self.hints(#"{"model":"m",\#(members)}"#)).options.description == text)
        #expect(try #require(Self.hints(#"{ \#(members) , "model":"m"}"#)).options.description == text)
    }

    @Test(
        "The inputs of an embedding request are counted",
        arguments: [
            ("", 0), (#""input":"a""#, 1), (#""input":"""#, 0), (#""input":null"#, 0), (#""input":[]"#, 0),
            (#""input":[ ]"#, 0), (#""input":["a"]"#, 1), (#""input":["a","b,c",""]"#, 3), (#""input":[1,2,3]"#, 1),
            (#""input":[[1,2],[3]]"#, 2), (#""input":[[1,2]]"#, 1), (#""input":[{"a":[1,2]},{"b":3}]"#, 2),
            (#""Input":["a","b"]"#, 2), (#""input":["a","b"],"input":"c""#, 1), (#""input":"c","input":["a","b"]"#, 2),
            (#""input":"c","input":null"#, 0), (#""input":5"#, 1), (#""x":{"input":["a","b"]}"#, 0),
            (#""input":"\n""#, 1), (#""input":[-1,2]"#, 1), (#""input":[["a",1],"b",[]]"#, 3),
            (#""input":["a"],"x":[1,2,3]"#, 1), (#""messages":[1,2,3],"input":["a","b"]"#, 2),
        ] as [(String, Int32)]
    )
    func inputs(members: String, inputs: Int32) throws {
        let comma = members.isEmpty ? "" : ","
        #expect(try #require(Self.hints(#"{"model":"m"\#(comma)\#(members)}"#)).inputs == inputs)
        #expect(try #require(Self.hints(#"{\#(members)\#(comma)"model":"m"}"#)).inputs == inputs)
    }

    @Test(
        "A body without prompt, messages and input runs nothing",
        arguments: [
            ("", true), (#""prompt":"""#, true), (#""prompt":null"#, true), (#""prompt":"a""#, false),
            (#""prompt":" ""#, false), (#""prompt":"\u0000""#, false), (#""prompt":"a","prompt":"""#, true),
            (#""prompt":"a","prompt":null"#, false), (#""PROMPT":"a""#, false), (#""x":{"prompt":"a"}"#, true),
            (#""messages":[]"#, true), (#""messages":null"#, true), (#""messages":[{}]"#, false),
            (#""messages":[{"a":[]},2]"#, false), (#""messages":[1],"messages":[]"#, true),
            (#""messages":[1],"messages":null"#, true), (#""messages":{}"#, false), (#""messages":"""#, false),
            (#""prompt":5"#, false), (#""prompt":[]"#, false), (#""input":"a""#, false), (#""input":[]"#, true),
        ]
    )
    func isEmpty(members: String, isEmpty: Bool) throws {
        let comma = members.isEmpty ? "" : ","
        #expect(try #require(Self.hints(#"{"model":"m"\#(comma)\#(members)}"#)).isEmpty == isEmpty)
    }

    @Test("A scanner that is used again has nothing of the body before")
    func again() {
        var scanner = ModelFieldScanner.json
        let bodies = [
            #"{"model":"m","prompt":"p","keep_alive":5,"options":{"num_ctx":5,"num_gpu":"x"},"shift":false,"input":[1,"#,
            #"{"model":"m","input":["a","#, #"{"model":"m","keep_alive":12"#, #"{"model":"m","options":{"num_ctx":12"#,
            #"{"mo"#, #"{"model":"m","keep_alive":"5"#, #"{"model":"m","options":5}"#,
            #"{"model":"m","options":{"x":[1"#,
        ]
        for body in bodies {
            scanner.feed(Array(body.utf8).span)
            scanner.resetToJSON()
            #expect(scanner.hints == BodyHints())
            scanner.feed(Array(#"{"model":"m","x":{"num_ctx":5,"y":[1,2]}}"#.utf8).span)
            #expect(scanner.finish() == .model("m"))
            #expect(scanner.hints == BodyHints(), "after \(body)")
            scanner.resetToJSON()
        }
    }

    @Test(
        "The largest of the fields for the most tokens of an answer counts, and other types than numbers do not",
        arguments: [
            (#""max_tokens":100"#, 100), (#""MAX_TOKENS":1e2"#, 100), (#""max_completion_tokens":7,"max_tokens":5"#, 7),
            (#""max_output_tokens":100.9"#, 100), (#""max_tokens":"100""#, 0), (#""max_tokens":[100]"#, 0),
            (#""max_tokens":{"max_tokens":100}"#, 0), (#""max_tokens":-5"#, 0), (#""max_tokens":null"#, 0),
            (#""max_tokens":99999999999999999999"#, 2_147_483_647), (#""max-tokens":100"#, 0),
            (#""max_tokens":5,"max_tokens":null"#, 5), (#""num_predict":100"#, 0),
        ] as [(String, Int32)]
    )
    func maxTokens(members: String, count: Int32) throws {
        #expect(try #require(Self.hints(#"{"model":"m",\#(members)}"#)).maxTokens == count)
    }

    @Test(
        "Of num_predict in options the last one counts, if it is above 0",
        arguments: [
            (#""options":{"num_predict":100}"#, 100), (#""options":{"num_predict":-1}"#, 0),
            (#""options":{"num_predict":5,"num_predict":-2}"#, 0), (#""options":{"num_predict":5},"options":{}"#, 5),
            (#""options":{"num_predict":5},"options":null"#, 0), (#""options":{"num_predict":"5"}"#, 0),
            (#""options":{"num_predict":5,"num_predict":"x"}"#, 0), (#""options":{"NUM_PREDICT":5}"#, 0),
            (#""options":{"max_tokens":5}"#, 0), (#""options":[{"num_predict":5}]"#, 0),
            (#""options":{"num_predict":5e2}"#, 500),
        ] as [(String, Int32)]
    )
    func numPredict(members: String, count: Int32) throws {
        #expect(try #require(Self.hints(#"{\#(members),"model":"m"}"#)).numPredict == count)
    }

    @Test("They are not read if nobody wants to know")
    func unreadMaxTokens() throws {
        var scanner = ModelFieldScanner.json
        scanner.resetToJSON(readsMaxTokens: false)
        scanner.feed(Array(#"{"model":"m","max_tokens":5,"options":{"num_predict":5}}"#.utf8).span)
        #expect(scanner.finish() == .model("m"))
        #expect(scanner.hints == BodyHints())
    }

    @Test(
        "A number of seconds is a decimal number above zero",
        arguments: [
            ("10", 10_000_000_000), ("0.5", 500_000_000), ("1.000000001", 1_000_000_001), ("600", 600_000_000_000),
            ("0", nil), ("-1", nil), ("", nil),
            ("1e3", nil), ("1.", nil), (".5", nil), ("1.2.3", nil), (" 1", nil), ("inf", nil), ("nan", nil),
            ("0.0", nil),
            ("999999999999999", 3_600_000_000_000_000), ("12345678901234567", nil), ("0.00000000001", nil),
        ] as [(String, Int64?)]
    )
    func seconds(text: String, nanoseconds: Int64?) {
        let bytes = Array(text.utf8)
        #expect(bytes.span.secondsInNanoseconds(ByteRange(start: 0, end: bytes.count)) == nanoseconds)
    }
}
