// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP
import Testing

@Suite("Requests that unload a model")
struct UnloadRequestTests {
    private func matches(_ body: String) -> Bool { UnloadRequest.matches(Array(body.utf8)) }

    @Test(
        "What clients send",
        arguments: [
            #"{"model":"m","keep_alive":0}"#,
            #"{"model":"m","prompt":"","keep_alive":0}"#,
            // The ollama command and the libraries of Ollama.
            #"{"model":"m","prompt":"","suffix":"","system":"","template":"","keep_alive":"0s","options":null}"#,
            #"{"model":"m","messages":null,"stream":false,"format":"","keep_alive":"0s","options":null}"#,
            #"{"model":"m","messages":[],"tools":[],"stream":false,"keep_alive":0}"#,
            #"{"model":"m","prompt":null,"keep_alive":0.0,"images":[ ]}"#,
            " \n{ \"KEEP_ALIVE\" : -0 , \"model\" : \"m\" }\n ",
        ]
    )
    func usual(body: String) {
        #expect(self.matches(body))
    }

    @Test(
        "A duration of zero, however it is written",
        arguments: [
            "0", "-0", "0.000", "0e99", "-0.0E-7", #""0""#, #""+0""#, #""-0s""#, #""0h0m0.00s""#, #""000ms""#,
            #"".0us""#, #""0.ns""#,
        ]
    )
    func zero(keepAlive: String) {
        #expect(self.matches(#"{"model":"m","keep_alive":\#(keepAlive)}"#))
    }

    @Test(
        "Any other duration, and what may be one",
        arguments: [
            "1", "-1", "1e-300", "0.0000000001", "null", "true", "[0]", "{}", #""""#, #""5m""#, #""-1s""#, #""0x""#,
            #""0s1ns""#, #""s""#,
            #"".s""#, #""0.0.0s""#, #""0 s""#, #""00""#, #""0\u0073""#, #""0µs""#, #""--0s""#, #""0s ""#,
        ]
    )
    func otherDurations(keepAlive: String) {
        #expect(!self.matches(#"{"model":"m","keep_alive":\#(keepAlive)}"#))
    }

    @Test(
        "Whatever asks something, or may",
        arguments: [
            #"{"model":"m"}"#,
            #"{"model":"m","prompt":"x","keep_alive":0}"#,
            #"{"model":"m","PROMPT":"x","keep_alive":0}"#,
            #"{"model":"m","prompt":" ","keep_alive":0}"#,
            #"{"model":"m","prompt":"\u0000","keep_alive":0}"#,
            #"{"model":"m","prompt":0,"keep_alive":0}"#,
            #"{"model":"m","messages":[{}],"keep_alive":0}"#,
            #"{"model":"m","messages":[[]],"keep_alive":0}"#,
            #"{"model":"m","messages":{"a":1},"keep_alive":0}"#,
            #"{"model":"m","images":["eA=="],"keep_alive":0}"#,
            #"{"model":"m","input":"x","keep_alive":0}"#,
            #"{"model":"m","suffix":"x","keep_alive":0}"#,
            // Twice: readers differ in which counts.
            #"{"model":"m","prompt":"x","prompt":"","keep_alive":0}"#,
            #"{"model":"m","prompt":"x","Prompt":null,"keep_alive":0}"#,
            #"{"model":"m","messages":[{}],"messages":[],"keep_alive":0}"#,
            #"{"model":"m","keep_alive":5,"keep_alive":0}"#,
            #"{"model":"m","keep_alive":0,"keep_alive":null}"#,
            // Other spellings that Go takes for the same.
            #"{"model":"m","\u0070rompt":"x","keep_alive":0}"#,
            #"{"model":"m","message\u017f":[{}],"keep_alive":0}"#,
            #"{"model":"m","meſsages":[{}],"keep_alive":0}"#,
            "{\"model\":\"m\",\"keep_alive\":0,\"\u{212A}eep_alive\":\"5m\"}",
            "{\"model\":\"m\",\"\u{212A}eep_alive\":0}",
            // Not at the top.
            #"{"model":"m","options":{"keep_alive":0}}"#,
            #"{"model":"m","a":"\"keep_alive\":0"}"#,
            "", "{", "[]", #"{"keep_alive":0"#, #"{"keep_alive""#, #"{"keep_alive":"0"#, #"{"keep_alive":0,"\"#,
        ]
    )
    func others(body: String) {
        #expect(!self.matches(body))
    }

    @Test("A long body is none")
    func long() {
        func body(_ bytes: Int) -> String {
            let start = #"{"model":"m","keep_alive":0"#
            return start + String(repeating: " ", count: bytes - start.utf8.count - 1) + "}"
        }
        #expect(self.matches(body(UnloadRequest.maxBytes)))
        #expect(!self.matches(body(UnloadRequest.maxBytes + 1)))
    }

    @Test(
        "An unload here is one to Go, and the scanner hints at it; a plain unload is recognised",
        arguments: 1...8
    )
    func random(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        var unloads = 0
        for round in 0..<600 {
            let sample = UnloadSample(&generator)
            let text = "seed \(seed), round \(round): \(sample.body)"
            let bytes = Array(sample.body.utf8)
            let isUnload = UnloadRequest.matches(bytes)
            unloads += isUnload ? 1 : 0
            if isUnload { #expect(sample.unloadsInGo, "\(text)") }
            if sample.isPlain { #expect(isUnload == sample.unloadsInGo, "\(text)") }
            var scanner = JSONModelScanner()
            feed(bytes, cuts: generator.cuts(bytes.count, most: 5)) { scanner.feed($0) }
            guard case .model = scanner.finish() else { return #expect(Bool(false), "\(text)") }
            if isUnload { #expect(scanner.hints.unloads, "\(text)") }
        }
        #expect(unloads > 30)
    }
}

/// A random body, and what Go's decoder and Ollama's handlers make of it, worked out from the parts that it is made of.
private struct UnloadSample {
    private enum Value: CaseIterable {
        case null, empty, text, emptyList, list
        case zero, zeroText, almostZero, five, fiveText

        var json: [String] {
            switch self {
            case .null: ["null"]
            case .empty: ["\"\""]
            case .text: ["\"x\"", "\" \"", "\"\\u0000\"", "\"\\\"\""]
            case .emptyList: ["[]", "[ \n]"]
            case .list: ["[{}]", "[{\"content\":\"]\"}]", "[\"\"]"]
            case .zero: ["0", "-0", "0.0", "0e5"]
            case .zeroText: ["\"0\"", "\"0s\"", "\"-0ms\"", "\"0h0m\""]
            case .almostZero: ["1e-5", "0.001"]
            case .five: ["5", "-5", "500"]
            case .fiveText: ["\"5m\"", "\"0.5s\"", "\"-1s\"", "\"0m1s\""]
            }
        }
    }

    let body: String
    /// Whether Ollama unloads, on both routes.
    let unloadsInGo: Bool
    /// Whether nothing about it is unusual.
    let isPlain: Bool

    init(_ generator: inout SeededRandom) {
        var members = ["\"model\":\"m\""]
        var isPlain = true
        // What the fields of Ollama's structs hold in the end; nil if a value has the wrong type, which is a 400.
        var prompt: String? = ""
        var messages: Int? = 0
        var keepAlive: Double?
        var isBad = false
        var seen: Set<String> = []
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let name = generator.pick(["prompt", "messages", "keep_alive", "keep_alive", "options"])
            let choices: [Value] =
                switch name {
                case "prompt": [.null, .empty, .empty, .text]
                case "messages": [.null, .emptyList, .emptyList, .list]
                case "keep_alive": [.zero, .zero, .zeroText, .zeroText, .null, .almostZero, .five, .fiveText]
                default: [.null]
                }
            let isOdd = Int.random(in: 0..<20, using: &generator) == 0
            let value = isOdd ? generator.pick(Value.allCases) : generator.pick(choices)
            if !seen.insert(name).inserted { isPlain = false }
            let (key, isPlainKey) = Self.spell(name, &generator)
            if !isPlainKey { isPlain = false }
            let blank = generator.pick(["", "", " ", "\n"])
            members.append("\(blank)\"\(key)\"\(blank):\(blank)\(generator.pick(value.json))\(blank)")
            switch (name, value) {
            case ("prompt", .null): break
            case ("prompt", .empty): prompt = ""
            case ("prompt", .text), ("prompt", .zeroText), ("prompt", .fiveText): prompt = "x"
            case ("messages", .null), ("messages", .emptyList): messages = 0
            case ("messages", .list): messages = 1
            case ("keep_alive", .null): keepAlive = nil
            case ("keep_alive", .zero), ("keep_alive", .zeroText): keepAlive = 0
            case ("keep_alive", .almostZero), ("keep_alive", .five), ("keep_alive", .fiveText): keepAlive = 5
            case ("options", _): break
            default: isBad = true
            }
        }
        if Bool.random(using: &generator) { members.append(members.removeFirst()) }
        self.body = "{\(members.joined(separator: ","))}"
        self.unloadsInGo = !isBad && prompt == "" && messages == 0 && keepAlive == 0
        self.isPlain = isPlain && !isBad
    }

    private static func spell(_ name: String, _ generator: inout SeededRandom) -> (String, isPlain: Bool) {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: (name.uppercased(), true)
        case 1:
            (
                name.replacing("s", with: "ſ").replacing("k", with: "\u{212A}"),
                !name.contains("s") && !name.contains("k")
            )
        case 2: ("\\u00" + String(name.utf8.first ?? 0x78, radix: 16) + name.dropFirst(), false)
        default: (name, true)
        }
    }
}
