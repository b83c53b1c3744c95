// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP
import Testing

@Suite("Hints of a body against a naive reading")
struct BodyHintsFuzzTests {
    @Test("Random bodies, in random pieces, say what their members say", arguments: 1...8)
    func random(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        var scanner = ModelFieldScanner.json
        for round in 0..<500 {
            let members = (0..<Int.random(in: 0...8, using: &generator)).map { _ in RandomMember.top(&generator) }
            let place = Int.random(in: 0...members.count, using: &generator)
            let all = members[..<place] + [("model", .text("m"))] + members[place...]
            let body = Array(RandomMember.rendered(.object(Array(all)), &generator).utf8)
            let cuts = generator.cuts(body.count, most: 9)
            feed(body, cuts: cuts) { scanner.feed($0) }
            let text = String(decoding: body, as: UTF8.self)
            #expect(scanner.finish() == .model("m"), "seed \(seed), round \(round): \(text)")
            #expect(
                Self.summary(scanner.hints) == NaiveHints(members).summary,
                "seed \(seed), round \(round), cuts \(cuts): \(text)"
            )
            scanner.resetToJSON()
        }
    }

    @Test("Whatever a body is, its hints do not depend on its pieces", arguments: 1...4)
    func pieces(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        for round in 0..<150 {
            let members = (0..<Int.random(in: 1...5, using: &generator)).map { _ in RandomMember.top(&generator) }
            var body = Array(RandomMember.rendered(.object(members), &generator).utf8)
            // Nearly JSON: one byte of it is another one.
            let place = Int.random(in: body.indices, using: &generator)
            body[place] = generator.pick(Array("{}[]\",:\\u0-.en \n".utf8))
            var whole = ModelFieldScanner.json
            whole.feed(body.span)
            for cut in body.indices {
                var scanner = ModelFieldScanner.json
                feed(body, cuts: [cut]) { scanner.feed($0) }
                let text = String(decoding: body, as: UTF8.self)
                #expect(scanner.hints == whole.hints, "seed \(seed), round \(round), cut \(cut): \(text)")
            }
        }
    }

    static func summary(_ hints: BodyHints) -> String {
        "\(hints.stream.map { "\($0)" } ?? "-") \(hints.isFlexTier) \(hints.isEmpty) \(hints.inputs) "
            + "[\(hints.options)] \(hints.keepAlive.map { "\($0)" } ?? "-") \(hints.unloads) "
            + "\(hints.maxTokens) \(hints.numPredict)"
    }
}

/// What Go and Ollama make of the members of a body, one after the other.
private struct NaiveHints {
    private var stream: Bool?
    private var isFlex = false
    private var prompt = false
    private var messages = false
    private var inputs = 0
    private var options: [String: RandomValue] = [:]
    private var isRefused = false
    private var shift = RandomValue.null
    private var keepAlive: Nanoseconds?
    private var maxTokens: Int32 = 0

    init(_ members: [(String, RandomValue)]) { for (key, value) in members { self.take(key.lowercased(), value) } }

    private mutating func take(_ key: String, _ value: RandomValue) {
        switch (key, value) {
        case ("stream", .literal("true")): self.stream = true
        case ("stream", .literal("false")): self.stream = false
        case ("service_tier", .text(let text)): self.isFlex = text == "flex"
        case ("prompt", .null): break
        case ("prompt", .text(let text)): self.prompt = !text.isEmpty
        case ("prompt", _): self.prompt = true
        case ("messages", .null): self.messages = false
        case ("messages", .array(let elements)): self.messages = !elements.isEmpty
        case ("messages", _): self.messages = true
        case ("input", .null): self.inputs = 0
        case ("input", .text(let text)): self.inputs = text.isEmpty ? 0 : 1
        case ("input", .array(let elements)):
            if case .number? = elements.first { self.inputs = 1 } else { self.inputs = elements.count }
        case ("input", _): self.inputs = 1
        case ("options", .null): self.options = [:]
        case ("options", .object(let members)):
            for (key, value) in members {
                // A null changes nothing.
                if key == "num_predict", case .null = value { continue }
                self.options[key] = value
            }
        case ("options", _): self.isRefused = true
        case ("shift", _): self.shift = value
        case ("keep_alive", .number(let text)):
            let seconds = Double(text) ?? 0
            self.keepAlive = seconds < 0 || seconds > 9e9 ? BodyHints.forever : Nanoseconds(Int64(seconds * 1e9))
        case ("keep_alive", .text(let text)): self.keepAlive = RandomMember.durations[text] ?? nil
        case ("keep_alive", _): self.keepAlive = nil
        case ("max_tokens", .number(let text)), ("max_completion_tokens", .number(let text)),
            ("max_output_tokens", .number(let text)):
            self.maxTokens = max(self.maxTokens, Self.count(text))
        default: break
        }
    }

    private static func count(_ text: String) -> Int32 { Int32(max(0, min(Double(Int32.max), Double(text) ?? 0))) }

    private var numPredict: Int32 {
        guard case .number(let text)? = self.options["num_predict"] else { return 0 }
        return Self.count(text)
    }

    private var runnerOptions: RunnerOptions {
        var result = RunnerOptions()
        guard !self.isRefused else { return result }
        for name in RunnerOptions.Name.allCases {
            switch name == .contextShift ? self.shift : self.options[name.key] ?? .null {
            case .null: break
            case .literal(let word) where name.isBoolean: result[name] = word == "true" ? 1 : 0
            case .number(let text) where !name.isBoolean:
                let limit = Double(Int32.max)
                result[name] = Int32(max(-limit, min(limit, Double(text) ?? 0)))
            default: return RunnerOptions()
            }
        }
        return result
    }

    var summary: String {
        "\(self.stream.map { "\($0)" } ?? "-") \(self.isFlex) \(!self.prompt && !self.messages && self.inputs == 0) "
            + "\(self.inputs) [\(self.runnerOptions)] \(self.keepAlive.map { "\($0)" } ?? "-") \(self.keepAlive == .zero) "
            + "\(self.maxTokens) \(self.numPredict)"
    }
}

private enum RandomValue {
    case null
    /// `true` or `false`.
    case literal(String)
    case number(String)
    case text(String)
    case array([RandomValue])
    case object([(String, RandomValue)])
}

/// Members of bodies, with a good chance of one that matters.
private enum RandomMember {
    /// Texts of `keep_alive` and what they mean.
    static let durations: [String: Nanoseconds?] = [
        "5m": .seconds(300), "0": .zero, "-1m": BodyHints.forever, "1h0.5s": .milliseconds(3_600_500), "0s": .zero,
        "1": nil, "": nil, "forever": nil,
    ]

    private static let keys = [
        "stream", "service_tier", "prompt", "messages", "input", "options", "shift", "keep_alive", "options", "option",
        "num_ctx", "inputs", "x", "", "messages_", "context", "max_tokens", "max_completion_tokens",
        "max_output_tokens",
        "max-tokens", "max_output-tokens", "num_predict",
    ]

    static func top(_ generator: inout SeededRandom) -> (String, RandomValue) {
        let key = generator.pick(self.keys)
        let isOdd = Int.random(in: 0..<5, using: &generator) == 0
        let value: RandomValue =
            switch isOdd ? "" : key {
            case "options": self.options(&generator)
            case "keep_alive":
                Bool.random(using: &generator) ? self.number(&generator) : .text(self.duration(&generator))
            case "service_tier": .text(generator.pick(["flex", "auto", "flexible", "FLEX"]))
            case "input", "messages": self.array(&generator, depth: 0)
            default: self.value(&generator, depth: 0)
            }
        return (
            Bool.random(using: &generator)
                ? key : generator.pick([key.uppercased(), key.prefix(1).uppercased() + key.dropFirst()]), value
        )
    }

    private static func duration(_ generator: inout SeededRandom) -> String {
        generator.pick(self.durations.keys.sorted())
    }

    private static func options(_ generator: inout SeededRandom) -> RandomValue {
        let names =
            RunnerOptions.Name.allCases.map(\.key) + [
                "temperature", "NUM_CTX", "num_ctxx", "options", "num_predict", "max_tokens",
            ]
        return .object(
            (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                let isOdd = Int.random(in: 0..<12, using: &generator) == 0
                let name = generator.pick(names)
                let isBoolean = name == "use_mmap" || name == "shift"
                return (
                    name,
                    isOdd
                        ? self.value(&generator, depth: 1)
                        : isBoolean ? .literal(generator.pick(["true", "false"])) : self.number(&generator)
                )
            }
        )
    }

    private static func number(_ generator: inout SeededRandom) -> RandomValue {
        .number(
            generator.pick([
                "0", "-0", "1", "-1", "4096", "8192", "8192.5", "-7.25", "2048e0", "2.048E+3", "40960e-1", "1e308",
                "-1e30",
                "123456789012345678901234567890", "0.000", "1e-20", "0e99",
            ])
        )
    }

    private static func array(_ generator: inout SeededRandom, depth: Int) -> RandomValue {
        .array((0..<Int.random(in: 0...4, using: &generator)).map { _ in self.value(&generator, depth: depth + 1) })
    }

    private static func value(_ generator: inout SeededRandom, depth: Int) -> RandomValue {
        switch Int.random(in: 0..<(depth < 3 ? 12 : 8), using: &generator) {
        case 0: .null
        case 1: .literal(generator.pick(["true", "false"]))
        case 2, 3: self.number(&generator)
        case 4...7: .text(generator.pick(["", "a", "num_ctx", "{\"options\":{", "]", ",", "é\n\"", "\\"]))
        case 8, 9: self.array(&generator, depth: depth)
        default:
            .object(
                (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    (generator.pick(self.keys), self.value(&generator, depth: depth + 1))
                }
            )
        }
    }

    // MARK: - Bytes

    static func rendered(_ value: RandomValue, _ generator: inout SeededRandom) -> String {
        var blank: String { Int.random(in: 0..<6, using: &generator) == 0 ? " \n" : "" }
        switch value {
        case .null: return "null"
        case .literal(let word): return word
        case .number(let text): return text
        case .text(let text): return self.quoted(text, &generator)
        case .array(let elements):
            let parts = elements.map { blank + self.rendered($0, &generator) + blank }
            return "[" + blank + parts.joined(separator: ",") + "]"
        case .object(let members):
            let parts = members.map { key, value in
                self.quoted(key, &generator) + blank + ":" + blank + self.rendered(value, &generator) + blank
            }
            return "{" + blank + parts.joined(separator: ",") + blank + "}"
        }
    }

    private static func quoted(_ text: String, _ generator: inout SeededRandom) -> String {
        let escapes = Int.random(in: 0..<4, using: &generator) == 0
        let units = text.utf16.map { unit in
            let digits = String(unit, radix: 16)
            let mustEscape = unit < 0x20 || unit == 0x22 || unit == 0x5C || unit > 0x7E
            return mustEscape || escapes && unit % 2 == 0
                ? "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                : String(UnicodeScalar(UInt8(unit)))
        }
        return "\"" + units.joined() + "\""
    }
}
