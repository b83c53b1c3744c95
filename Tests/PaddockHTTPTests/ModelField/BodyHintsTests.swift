// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

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
        "A top-level keep_alive that may be zero is worth a look",
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
    func keepAlive(body: String, mayUnload: Bool) throws {
        #expect(try #require(Self.hints(body)).mayUnload == mayUnload)
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
