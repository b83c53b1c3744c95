// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP
import Testing

@Suite("JSON model scanner against the reference")
struct JSONModelScannerFuzzTests {
    @Test("Random bodies that are nearly JSON, in random pieces, get the reference's answer", arguments: 1...8)
    func nearJSON(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        for round in 0..<400 {
            var body = NearJSON.object(&generator)
            if Bool.random(using: &generator) { NearJSON.mutate(&body, &generator) }
            let cuts = generator.cuts(body.count, most: 6)
            let expected = ReferenceJSON.modelField(of: body)
            let text = String(decoding: body, as: UTF8.self)
            #expect(scanJSON(body) == expected, "seed \(seed), round \(round): \(text)")
            #expect(scanJSON(body, cuts: cuts) == expected, "seed \(seed), round \(round), cuts \(cuts): \(text)")
        }
    }

    @Test("The generator makes good bodies and every kind of problem")
    func coverage() {
        var generator = SeededRandom(seed: 0)
        var models = 0
        var problems: Set<String> = []
        for _ in 0..<3000 {
            var body = NearJSON.object(&generator)
            if Bool.random(using: &generator) { NearJSON.mutate(&body, &generator) }
            switch ReferenceJSON.modelField(of: body) {
            case .model: models += 1
            case .invalid(let problem): problems.insert("\(problem)".filter { !$0.isNumber })
            }
        }
        #expect(models > 300)
        #expect(problems.count > 20, "\(problems)")
    }
}

/// Bodies that are JSON or nearly so, with a good chance of a `model` in odd spelling.
private enum NearJSON {
    static func object(_ generator: inout SeededRandom) -> [UInt8] {
        var body: [UInt8] = []
        self.blanks(&body, &generator)
        self.object(&body, depth: 0, &generator)
        self.blanks(&body, &generator)
        return body
    }

    static func mutate(_ body: inout [UInt8], _ generator: inout SeededRandom) {
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            guard !body.isEmpty else { return }
            let place = Int.random(in: body.indices, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: body.remove(at: place)
            case 1: body.insert(self.byte(&generator), at: place)
            case 2: body[place] = self.byte(&generator)
            case 3: body.removeSubrange(place...)
            default:
                let end = Int.random(in: place...min(place + 12, body.count), using: &generator)
                body.insert(contentsOf: body[place..<end], at: place)
            }
        }
    }

    private static func byte(_ generator: inout SeededRandom) -> UInt8 {
        let likely =
            Array("{}[]\",:\\/ubn0123456789abcdefE+-. \n\t\r\0tfmodel".utf8) + [0x1F, 0x7F, 0x80, 0xC3, 0xE2, 0xFF]
        return generator.pick(likely)
    }

    private static func object(_ body: inout [UInt8], depth: Int, _ generator: inout SeededRandom) {
        body.append(UInt8(ascii: "{"))
        for index in 0..<Int.random(in: 0...4, using: &generator) {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            self.blanks(&body, &generator)
            self.string(self.key(&generator), &body, &generator)
            self.blanks(&body, &generator)
            body.append(UInt8(ascii: ":"))
            self.blanks(&body, &generator)
            self.value(&body, depth: depth + 1, &generator)
            self.blanks(&body, &generator)
        }
        body.append(UInt8(ascii: "}"))
    }

    private static func value(_ body: inout [UInt8], depth: Int, _ generator: inout SeededRandom) {
        switch Int.random(in: 0..<(depth < 5 ? 14 : 12), using: &generator) {
        case 0: body += Array("null".utf8)
        case 1: body += Array((Bool.random(using: &generator) ? "true" : "false").utf8)
        case 2:
            let numbers = ["0", "-0", "12", "1.5", "0.0e-10", "3E+7", "-1e0", "01", "1.", "+1", ".5", "1e"]
            body += Array(generator.pick(numbers).utf8)
        case 3: self.string("", &body, &generator)
        case 4:
            self.string(String(repeating: "x", count: Int.random(in: 240...270, using: &generator)), &body, &generator)
        case 5: body += [UInt8(ascii: "\"")] + self.rawBytes(&generator) + [UInt8(ascii: "\"")]
        case 6...11:
            let texts = ["llama2", "é€😀", "a \"b\" \\ /", "line\nbreak\ttab", "model", "library/llama2:latest"]
            self.string(generator.pick(texts), &body, &generator)
        case 12: self.object(&body, depth: depth, &generator)
        default:
            body.append(UInt8(ascii: "["))
            for index in 0..<Int.random(in: 0...3, using: &generator) {
                if index > 0 { body.append(UInt8(ascii: ",")) }
                self.value(&body, depth: depth + 1, &generator)
                self.blanks(&body, &generator)
            }
            body.append(UInt8(ascii: "]"))
        }
    }

    private static func key(_ generator: inout SeededRandom) -> String {
        let keys = ["model", "model", "Model", "MODEL", "mode", "models", "messages", "", "mödel", "m", "prompt"]
        return generator.pick(keys)
    }

    private static func rawBytes(_ generator: inout SeededRandom) -> [UInt8] {
        let likely: [UInt8] = [
            0x41, 0x7F, 0x80, 0xA0, 0xBF, 0xC1, 0xC3, 0xE0, 0xE2, 0x82, 0xAC, 0xED, 0xF0, 0x9F, 0x98, 0xF4,
        ]
        return (0..<Int.random(in: 1...8, using: &generator)).map { _ in
            generator.pick(likely)
        }
    }

    /// A string with some of its characters escaped.
    private static func string(_ text: String, _ body: inout [UInt8], _ generator: inout SeededRandom) {
        body.append(UInt8(ascii: "\""))
        let isPlain = Bool.random(using: &generator)
        for unit in text.utf16 {
            if unit >= 0x80 || unit < 0x20 || unit == 0x22 || unit == 0x5C || !isPlain && unit % 3 == 0 {
                let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
                body += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            } else {
                body.append(UInt8(truncatingIfNeeded: unit))
            }
            if !isPlain, Int.random(in: 0..<40, using: &generator) == 0 {
                let oddities = [
                    "\\n", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\ud83d\\ud83d", "\\u00zz", "\\q", "é", "€",
                ]
                body += Array(generator.pick(oddities).utf8)
            }
        }
        body.append(UInt8(ascii: "\""))
    }

    private static func blanks(_ body: inout [UInt8], _ generator: inout SeededRandom) {
        guard Int.random(in: 0..<4, using: &generator) == 0 else { return }
        body += Array(generator.pick([" ", "\n", "\t", "\r\n", "  \n  "]).utf8)
    }
}
