// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockBase

@Suite("Lines put together")
struct LineBufferTests {
    private static func text(_ write: (inout LineBuffer) -> Void) -> String {
        LineBuffer.withLine(write) { String(decoding: $0.dropLast(), as: UTF8.self) }
    }

    @Test("Numbers are written with as many digits as asked for")
    func numbers() {
        #expect(Self.text { $0.append(0) } == "0")
        #expect(Self.text { $0.append(-1_204_050) } == "-1204050")
        #expect(Self.text { $0.append(Int.min) } == "\(Int.min)")
        #expect(Self.text { $0.append(tenths: 0) } == "0.0")
        #expect(Self.text { $0.append(tenths: 5) } == "0.5")
        #expect(Self.text { $0.append(tenths: 99) } == "9.9")
        #expect(Self.text { $0.append(tenths: 100) } == "10.0")
        for number in [
            9, 10, 99, 100, 4_356, 9_999, 10_000, 99_999_999, 100_000_000, 1_000_000_007, 12_345_678_901_234_567,
        ] {
            #expect(Self.text { $0.append(number) } == "\(number)")
        }
        #expect(Self.text { $0.append(-12_345_007, decimals: 6) } == "-12.345007")
        #expect(Self.text { $0.append(tenths: -123_450_071) } == "-12345007.1")
        #expect(Self.text { $0.append(tenths: Int64.min) } == "-922337203685477580.8")
    }

    @Test("A time of day is written in UTC to the millisecond, also when the second changes")
    func times() {
        var clock = LineClock()
        let text = Self.text {
            $0.appendTime(1_795_521_600_123_456_789, &clock)
            $0.appendTime(1_795_521_600_999_999_999, &clock)
            $0.appendTime(1_795_521_601_000_000_000, &clock)
        }
        #expect(text == "2026-11-24T12:00:00.123Z2026-11-24T12:00:00.999Z2026-11-24T12:00:01.000Z")
    }

    @Test(
        "Text from outside is printable ASCII on one line, whatever it contains",
        arguments: [
            ("llama2:7b", "llama2:7b"), ("", "-"), ("a b", #""a b""#), (#"say "hi" \o/"#, #""say \"hi\" \\o/""#),
            ("x\n2026 status=200", #""x\u000a2026 status=200""#), ("\u{1B}[31m", #""\u001b[31m""#),
            ("\u{9B}31m", #""\u009b31m""#), ("\u{202E}", #""\u202e""#), ("\u{1F40E}", #""\ud83d\udc0e""#),
            ("\u{7F}", #""\u007f""#),
        ]
    )
    func values(_ text: String, _ written: String) {
        #expect(Self.text { $0.appendValue(text) } == written)
    }

    @Test(
        "Each odd byte is found at any position",
        arguments: [0, 9, 0x1F, 0x20, 0x22, 0x5C, 0x7F, 0x80, 0xFF] as [UInt8]
    )
    func everyPlace(_ odd: UInt8) {
        for count in 1...33 {
            let plain = [UInt8](repeating: UInt8(ascii: "!"), count: count)
            #expect(Self.value(plain) == String(decoding: plain, as: UTF8.self))
            for place in 0..<count {
                var bytes = plain
                bytes[place] = odd
                #expect(Self.value(bytes).hasPrefix("\""))
            }
        }
        let all = Array(UInt8(0x21)...UInt8(0x7E)).filter { $0 != 0x22 && $0 != 0x5C }
        #expect(Self.value(all) == String(decoding: all, as: UTF8.self))
    }

    private static func value(_ bytes: [UInt8]) -> String {
        Self.text { line in bytes.withUnsafeBytes { line.appendValue($0) } }
    }

    @Test("Invalid UTF-8 does no harm")
    func brokenText() {
        let text = Self.text { line in
            ([0x61, 0xFF, 0x62] as [UInt8]).withUnsafeBytes { line.appendQuoted($0) }
        }
        #expect(text == #""a\ufffdb""#)
    }

    @Test("Columns are filled with blanks, and longer values are whole")
    func columns() {
        let text = Self.text {
            $0.append("ab")
            $0.pad(from: 0, to: 4)
            $0.append("abcdef")
            $0.pad(from: 4, to: 4)
        }
        #expect(text == "ab  abcdef")
    }

    @Test("What does not fit is cut, and the line still ends", arguments: 0...40)
    func tooLong(_ room: Int) {
        let filler = String(repeating: "x", count: LineBuffer.maxLineBytes - 1 - room)
        var clock = LineClock()
        let line = LineBuffer.withLine({
            $0.appendValue(filler)
            $0.append(tenths: -12_345_678)
            $0.append(89)
            $0.appendQuoted("a \u{1} b")
            $0.appendTime(0, &clock)
            $0.pad(from: $0.count, to: 5)
            $0.append("end")
        }) { Array($0) }
        #expect(line.count <= LineBuffer.maxLineBytes && line.last == UInt8(ascii: "\n"))
        #expect(line.starts(with: filler.utf8) && line.allSatisfy { $0 < 0x80 })
    }
}
