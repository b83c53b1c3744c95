// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockSystem
import PaddockTesting
import Testing

@testable import PaddockReplay

@Suite("TraceReader")
struct TraceReaderTests {
    private static func line(_ model: String = "llama2", client: String = "ann", arrived: String = "5") -> String {
        #"{"arrived":\#(arrived),"model":"\#(model)","client":"\#(client)","class":"interactive","wait":0.5,"#
            + #""processing":1,"outcome":"completed"}"#
    }

    private func read(_ text: String, inPiecesOf size: Int = .max) -> (trace: ReplayTrace, skipped: Int) {
        var reader = TraceReader()
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, size == .max ? bytes.count : start + size)
            reader.take(bytes.span.extracting(start..<end))
            start = end
        }
        let skipped = reader.finish()
        return (reader.trace(), skipped)
    }

    @Test("Lines are found in pieces of any size", arguments: [1, 2, 7, 64, 100, .max])
    func pieces(size: Int) {
        let text = Self.line() + "\n\n" + Self.line("mistral") + "\r\nnonsense\n" + Self.line(client: "bob")
        let (trace, skipped) = self.read(text, inPiecesOf: size)
        #expect(trace.requests.count == 3, "the last line lacks its line break")
        #expect(skipped == 1)
        #expect(trace.models.map(\.description) == ["llama2", "mistral"])
        #expect(trace.clients.map(\.name) == ["ann", "bob"])
    }

    @Test("Requests are in order of arrival")
    func order() {
        let (trace, _) = self.read(Self.line(arrived: "9.5") + "\n" + Self.line(arrived: "9.25") + "\n")
        #expect(trace.requests.map(\.arrived) == [9_250_000_000, 9_500_000_000])
    }

    @Test("Spellings of a model are one model, and a client's last weight counts")
    func names() {
        let heavy = String(Self.line("LLAMA2").dropLast()) + #","weight":3}"#
        let (trace, skipped) = self.read([Self.line("llama2:latest"), Self.line(), heavy].joined(separator: "\n"))
        #expect(skipped == 0)
        #expect(trace.models.map(\.description) == ["llama2"])
        #expect(trace.clients == [Client(name: "ann", weight: 3)])
    }

    @Test("A line that never ends is skipped in bounded memory, and the next one is read")
    func tooLong() {
        var reader = TraceReader()
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 50_000)
        for _ in 0..<10 { reader.take(piece.span) }
        reader.take(Array(("\n" + Self.line() + "\n").utf8).span)
        #expect(reader.finish() == 1)
        #expect(reader.count == 1)
        // In one piece, too.
        let (trace, skipped) = self.read(String(repeating: " ", count: 70_000) + "x\n" + Self.line())
        #expect(skipped == 1)
        #expect(trace.requests.count == 1)
    }

    @Test(
        "Lines that do not belong in a trace are skipped",
        arguments: [
            "x", "{", "{}", "[]", "null", "\"\"", "{\"arrived\":1}", "{\"arrived\":1,}", "\u{0}",
            line(arrived: "-1"), line(arrived: "1e400"), line(arrived: "4000000001"), line(arrived: "\"5\""),
            line(arrived: "null"), line(arrived: "1.") + " ", line(arrived: "99999999999999999999"),
            line(arrived: "true"), line(""), line(String(repeating: "m", count: 257)), line("\\ud8zz"),
            line().replacing("completed", with: "vanished"), line().replacing("interactive", with: "urgent"),
            line().replacing("\"wait\":0.5", with: "\"wait\":-0.5"),
            line().replacing("\"wait\":0.5", with: "\"wait\":31536001"),
            line().replacing("\"wait\":0.5", with: "\"wait\":1e300"),
            line().replacing("}", with: ",\"weight\":0}"), line().replacing("}", with: ",\"weight\":101}"),
            line().replacing("}", with: ",\"weight\":\"2\"}"), line().replacing("}", with: ",\"stream\":1}"),
            line().replacing("}", with: ",\"status\":99999}"), line() + line(), line() + " x",
            line().replacing("}", with: ",\"x\":" + String(repeating: "[", count: 5_000) + "}"),
            String(line().dropLast()), line().replacing("\"arrived\"", with: "arrived"),
        ]
    )
    func hostile(line: String) {
        let (trace, skipped) = self.read(line + "\n" + Self.line() + "\n")
        #expect(skipped == 1)
        #expect(trace.requests.count == 1)
    }

    @Test(
        "Blanks, other fields, other notations of numbers and escapes are no reason to skip a line",
        arguments: [
            line().replacing(":", with: " : ").replacing(",", with: " ,\t"),
            line().replacing("}", with: ",\"x\":{\"y\":[1,-2.5e3,\"\\u00e4\",{},[],true,null]}}"),
            line(arrived: "5.0000000001"), line(arrived: "5e0"), line(arrived: "0.5E+1"),
            line("\\u006clama2"), line("ll\\u0061ma2"),
            line().replacing("}", with: ",\"first_byte\":null,\"deadline\":null,\"status\":null}"),
            line().replacing("{", with: "{\"arrived\":7,"),
        ]
    )
    func tolerant(line: String) {
        let (trace, skipped) = self.read(line)
        #expect(skipped == 0)
        #expect(trace.models.map(\.description) == ["llama2"])
        #expect(trace.requests.first?.arrived == 5_000_000_000)
    }

    @Test("Values at the ends of their ranges can be replayed")
    func extremes() {
        let lines = [
            Self.line(arrived: "0"), Self.line(arrived: "4000000000").replacing("0.5", with: "31536000"),
            Self.line().replacing("\"processing\":1", with: "\"processing\":31536000"),
        ]
        let (trace, skipped) = self.read(lines.joined(separator: "\n"))
        #expect(skipped == 0)
        let summary = Replay.run(
            trace,
            ReplaySetting(AdmissionOptions(limits: Limits(parallel: 1, queue: 9))),
            busiest: [0]
        )
        #expect(summary.all.count(of: .completed) == 3)
        #expect(Replay.recorded(trace, busiest: [0]).all.requests == 3)
    }

    @Test("A file that is not there is an error that names it")
    func noFile() {
        #expect(throws: FileError(path: "/nowhere/trace", SystemError(code: ENOENT))) {
            _ = try TraceReader.read(path: "/nowhere/trace")
        }
    }
}
