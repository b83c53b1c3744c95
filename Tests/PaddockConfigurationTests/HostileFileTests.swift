// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockConfiguration
import Testing

@Suite
struct HostileFileTests {
    @Test("Files that nest deeply or multiply by aliases are refused at once", arguments: HostileFile.allCases)
    func hostile(file: HostileFile) {
        #expect(refusal(file.yaml)?.contains(file.problem) == true)
    }

    @Test("Random bytes and random YAML never crash the loader, and each refusal is one printable line")
    func random() {
        var generator = SeededRandom(seed: 0x5EED)
        let words =
            Setting.all.map(\.key) + [
                ": ", ":\n", "\n", "\n  ", "\n    ", "- ", "[", "]", "{", "}", ", ", "'", "\"", "&a ", "*a", "|\n",
                ">\n", "? ",
                "#", "~", "null", "url", "queue_limit", "parallel_limit", "auto", "1", "0.5", "5m", "http://a", "a",
                "!!str ",
                "<<", "---\n", "...\n", "%YAML", "\\", "\t", "\u{0}", "\u{85}", "\u{2028}", "é", "\u{1F680}", "\r\n",
                "@", "`",
            ]
        for round in 0..<4000 {
            let length = Int.random(in: 0..<40, using: &generator)
            let bytes: [UInt8] =
                round.isMultiple(of: 2)
                ? (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                : (0..<length).flatMap { _ in Array((words.randomElement(using: &generator) ?? "").utf8) }
            do throws(ConfigurationError) {
                let file = ConfigurationFile(name: "paddock.yaml", bytes: bytes)
                _ = try ConfigurationLoader.load(
                    flags: [:],
                    environment: [:],
                    file: file,
                    inferenceRoutes: []
                )
            } catch {
                #expect(error.description.hasPrefix("paddock.yaml:"), "\(bytes)")
                #expect(
                    error.description.unicodeScalars.allSatisfy {
                        $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && !(0x2028...0x2029).contains($0.value)
                    },
                    "\(bytes)"
                )
            }
        }
    }
}

/// Files that would exhaust a reader that follows them wherever they lead.
enum HostileFile: CaseIterable {
    case lists, maps, pairs, blockLists, blockKeys, allowedDepth, chainOfAliases, doubledAliases, deepAliases,
        manyBackends

    var yaml: String {
        switch self {
        case .lists: String(repeating: "[", count: 100_000)
        case .maps: String(repeating: "{a: ", count: 100_000)
        case .pairs: String(repeating: "[a: ", count: 100_000)
        case .blockLists: String(repeating: "- ", count: 100_000)
        case .blockKeys: String(repeating: "? ", count: 100_000)
        case .allowedDepth: "port: " + Self.nested("")
        case .chainOfAliases: "a0: &a0 [x]\n" + Self.lines(30_000) { "[*a\($0 - 1)]" }
        case .doubledAliases: "a0: &a0 [x, x]\n" + Self.lines(15) { "[*a\($0 - 1), *a\($0 - 1)]" }
        case .manyBackends: "backends:\n" + (0..<40_000).map { "- http://a\($0)\n" }.joined() + "- http://a0\n"
        case .deepAliases: "a0: &a0 \(Self.nested(""))\n" + Self.lines(15) { Self.nested("*a\($0 - 1)") }
        }
    }

    var problem: String {
        switch self {
        case .lists, .maps, .pairs, .blockLists, .blockKeys: "Maximum nesting level reached"
        case .allowedDepth: "port: a list is given"
        case .chainOfAliases: "paddock.yaml:17: the file has more than 16 anchors"
        case .manyBackends: "paddock.yaml:40002: backends: \"http://a0\" is given twice"
        case .doubledAliases, .deepAliases: "paddock.yaml:1: a0: unknown key"
        }
    }

    private static func nested(_ inside: String) -> String {
        String(repeating: "[a: ", count: 990) + inside + String(repeating: "]", count: 990)
    }

    private static func lines(_ count: Int, _ value: (Int) -> String) -> String {
        (1...count).map { "a\($0): &a\($0) \(value($0))\n" }.joined()
    }
}
