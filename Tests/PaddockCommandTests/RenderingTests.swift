// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockJSON
import PaddockServer
import Testing

@testable import paddock

@Suite("Tables that keep their numbers")
struct WholeTableTests {
    private static let table = Table(
        [
            Table.Column(title: "MODEL", alignment: .left, isFlexible: true), Table.Column(title: "QUEUED"),
            Table.Column(title: "FAILED", rank: 4), Table.Column(title: "TIMED OUT", rank: 5),
            Table.Column(title: "5XX", rank: 1),
        ],
        rows: [["llama2", "1", "0", "0", "94046"], ["mistral", "0", "12", "0", "0"]]
    )

    @Test("What there is no room for follows below, but for columns of zeros")
    func narrow() {
        #expect(
            Self.table.lines(width: 24, keepsNumbers: true) == [
                "MODEL    QUEUED    5XX", "llama2        1  94046", "mistral       0      0", "", "MODEL    FAILED",
                "llama2        0", "mistral      12",
            ]
        )
        #expect(Self.table.lines(width: 24).count == 3)
    }

    @Test("Any width ends, and shows every number", arguments: 1...60)
    func widths(width: Int) {
        let lines = Self.table.lines(width: width, keepsNumbers: true)
        #expect(lines.count < 40 && lines.allSatisfy { $0.columns <= width })
        if width >= 24 { #expect(lines.contains { $0.contains("94046") } && lines.contains { $0.contains("12") }) }
    }
}

@Suite("Names of commands")
struct CommandNamesTests {
    @Test(
        "A mistyped command is answered with the one that was meant",
        arguments: [
            (["stauts"], "there is no command stauts: did you mean paddock status?"),
            (["batch", "fecth"], "there is no command fecth: did you mean paddock batch fetch?"),
            (["\u{1B}[2J"], "there is no command \\u{1b}[2J: see paddock --help"),
        ]
    )
    func mistyped(arguments: [String], problem: String) {
        #expect(CommandNames.problem(with: arguments[...], of: Paddock.self) == problem)
    }

    @Test(
        "What is right, or no name, is left to the parser",
        arguments: [[], ["status"], ["backend", "add", "x"], ["--help"], ["help", "serve"]]
    )
    func right(arguments: [String]) {
        #expect(CommandNames.problem(with: arguments[...], of: Paddock.self) == nil)
    }

    @Test("What the parser says is one line in our style")
    func style() {
        #expect(
            CommandNames.usageProblem("Unknown option '--frobnicate'\nUsage: paddock status")
                == "unknown option '--frobnicate' (see --help)"
        )
    }
}

@Suite("Rendering")
struct RenderingTests {
    @Test(
        "What could steer a terminal is escaped",
        arguments: [
            ("llama2", "llama2"),
            ("a\u{1B}[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\rc\td", "a\\u{a}b\\u{d}c\\u{9}d"),
            ("\u{9B}31m", "\\u{9b}31m"),
            ("a\u{202E}b\u{200D}c\u{2028}d", "a\\u{202e}b\\u{200d}c\\u{2028}d"),
            ("größe 模型 🐎", "größe 模型 🐎"),
        ]
    )
    func escaping(text: String, shown: String) {
        #expect(text.escapedForTerminal == shown)
    }

    @Test(
        "Columns are counted as a terminal counts them",
        arguments: [("abc", 3), ("模型", 4), ("e\u{301}", 1), ("🐎", 2), ("", 0), ("█░", 2)]
    )
    func columns(text: String, columns: Int) {
        #expect(text.columns == columns)
    }

    @Test(
        "A cut text is never wider than asked",
        arguments: [("abcdef", 4, "abc…"), ("abc", 3, "abc"), ("模型模型", 4, "模…"), ("abc", 1, "…"), ("abc", 0, "")]
    )
    func cutting(text: String, width: Int, shown: String) {
        #expect(text.cut(to: width) == shown)
        #expect(text.cut(to: width).columns <= width)
    }

    private static let table = Table(
        [
            Table.Column(title: "MODEL", alignment: .left, isFlexible: true),
            Table.Column(title: "ACTIVE"),
            Table.Column(title: "TIME", rank: 2),
            Table.Column(title: "WAIT", rank: 1),
        ],
        rows: [["llama2", "1/2", "2.30 s", "45 ms"], ["a-model-with-a-long-name", "12/16", "-", "0 ms"]]
    )

    @Test("A table without a width shows everything")
    func wholeTable() {
        #expect(
            Self.table.lines() == [
                "MODEL                     ACTIVE    TIME   WAIT",
                "llama2                       1/2  2.30 s  45 ms",
                "a-model-with-a-long-name   12/16       -   0 ms",
            ]
        )
    }

    @Test("A narrow table cuts names first, then leaves columns out by rank")
    func narrowTable() {
        #expect(Self.table.lines(width: 40)[2] == "a-model-with-a-l…   12/16       -   0 ms")
        #expect(
            Self.table.lines(width: 30) == [
                "MODEL            ACTIVE   WAIT",
                "llama2              1/2  45 ms",
                "a-model-with-a…   12/16   0 ms",
            ]
        )
        #expect(Self.table.lines(width: 20)[0] == "MODEL         ACTIVE")
    }

    @Test("No line is wider than the terminal, however narrow", arguments: 1...60)
    func neverTooWide(width: Int) {
        #expect(Self.table.lines(width: width).allSatisfy { $0.columns <= width })
    }

    @Test("A cell cannot break out of its table")
    func hostileCell() {
        let table = Table([Table.Column(title: "MODEL", alignment: .left)], rows: [["x\n\u{1B}]0;title\u{7}"]])
        #expect(table.lines() == ["MODEL", "x\\u{a}\\u{1b}]0;title\\u{7}"])
    }

    @Test(
        "A bar shows small values as not empty and only full values as full",
        arguments: [
            (0, 4, "...."), (1, 100, "#..."), (2, 4, "##.."), (99, 100, "###."), (4, 4, "####"), (9, 4, "####"),
            (0, 0, "...."), (1, 0, "####"),
        ]
    )
    func bars(value: Int, limit: Int, shown: String) {
        #expect(Bar(value: value, limit: limit).text(width: 4, isPlain: true) == shown)
    }

    @Test("A bar of one column does not trap", arguments: [0, 1, 2])
    func narrowBar(value: Int) {
        #expect(Bar(value: value, limit: 2).text(width: 1, isPlain: false).columns == 1)
    }

    @Test(
        "Times use the unit that people would",
        arguments: [
            (nil, "-"), (0, "0 ms"), (1.234, "1.23 ms"), (9.996, "10 ms"), (999.4, "999 ms"), (999.6, "1.00 s"),
            (9_996, "10.0 s"), (125_000, "125 s"), (3_600_000, "60 min"), (Double.infinity, "-"),
        ] as [(Double?, String)]
    )
    func times(milliseconds: Double?, shown: String) {
        #expect(NumberText.time(milliseconds: milliseconds) == shown)
    }

    @Test("Rates and bytes")
    func ratesAndBytes() {
        #expect([nil, 0, 0.25, 12.34, 99.96, 456.7].map(NumberText.rate) == ["-", "0", "0.25", "12.3", "100", "457"])
        #expect(
            [0, 1023, 1024, 1_048_575, 1 << 40].map(NumberText.bytes) == [
                "0 B", "1023 B", "1.0 KiB", "1.0 MiB", "1.0 TiB",
            ]
        )
        #expect(NumberText.decimals(-0.04, 1) == "0.0")
        #expect(NumberText.decimals(1e300, 1) == "-")
    }

    @Test("Blocks have an empty line between them")
    func blocks() {
        let report = Report(blocks: [.text("one"), .table(Self.table), .text("two")], json: "null")
        let lines = report.lines(width: nil)
        #expect(lines.count == 7)
        #expect(lines[1].isEmpty && lines[5].isEmpty && lines[6] == "two")
    }
}
