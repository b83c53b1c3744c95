// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP
import Testing

@Suite("Forms of uploads")
struct UploadFormTests {
    private static func read(_ body: [UInt8], cuts: [Int] = []) -> FormReading {
        FormReading(body, boundary: "XX", ends: cuts + [body.count])
    }

    private static func part(_ parameters: String, _ content: String) -> String {
        "--XX\r\nContent-Disposition: form-data; \(parameters)\r\nContent-Type: text/plain\r\n\r\n\(content)\r\n"
    }

    private static let purpose = part("name=purpose", "batch")

    private static func file(_ content: String, _ filename: String = "filename=a") -> String {
        part("name=\"file\"; \(filename)", content)
    }

    @Test(
        "A form is read in one piece, byte by byte and cut anywhere",
        arguments: [
            (purpose + file("one\ntwo\n") + "--XX--", "one\ntwo\n", nil),
            (file("one\r\n--X\r\n--XY\r\n\r\n--XX-") + purpose + "--XX--\r\n", "one\r\n--X\r\n--XY\r\n\r\n--XX-", nil),
            ("pre\r\n" + purpose + file("") + "--XX--\r\nepilogue --XX\r\n", "", nil),
            (part("name=other", "ignored") + purpose + file("--XY") + "--XX--", "--XY", nil),
            (part("name=purpose; x", "batch") + file("a") + "--XX--", "", "malformed header"),
            (purpose + file("a") + file("b") + "--XX--", "", "more than one file"),
            (purpose + part("name=other; filename=a", "a") + "--XX--", "", "in the part"),
            (purpose + part("name=file", "a") + "--XX--", "", "in the part"),
            (purpose + purpose + file("a") + "--XX--", "", "twice"),
            (part("name=purpose", String(repeating: "b", count: 1025)) + file("a") + "--XX--", "", "too long"),
            (purpose + file("a"), "", "closing boundary"),
            (purpose + file("a") + "--XX--x", "", "after a boundary"),
            (purpose + file("a", "name*=x; filename=a") + "--XX--", "", "encoded name"),
        ] as [(String, String, String?)]
    )
    func everyCut(body: String, content: String, problem: String?) {
        let bytes = Array(body.utf8)
        let whole = Self.read(bytes)
        if let problem {
            #expect(whole.problem?.contains(problem) == true)
        } else {
            #expect(whole.problem == nil && whole.purpose == "batch" && whole.filename == "a")
            #expect(whole.file == Array(content.utf8))
        }
        #expect(Self.read(bytes, cuts: Array(bytes.indices)) == whole)
        for cut in bytes.indices { #expect(Self.read(bytes, cuts: [cut]) == whole, "cut at \(cut)") }
    }

    @Test(
        "The file's name is text",
        arguments: [
            (#"filename="a\"b\\c""#, #"a"b\c"#), (#"filename="C:\temp\x.jsonl""#, #"C:\temp\x.jsonl"#),
            ("filename=\"\"", "upload"),
            ("filename=\"gr\u{FC}\u{DF}e\"", "gr\u{FC}\u{DF}e"), ("filename*=UTF-8''a%20b", "a%20b"),
            ("filename=\"\u{202E}gnp.exe\"", "gnp.exe"),
            ("filename=\"" + String(repeating: "\u{E9}", count: 200) + "\"", String(repeating: "\u{E9}", count: 127)),
        ]
    )
    func filename(parameter: String, name: String) {
        #expect(Self.read(Array((Self.file("x", parameter) + "--XX--").utf8)).filename == name)
    }

    @Test("Random files come out as they went in, wherever they are cut")
    func randomFiles() {
        var random = SeededRandom(seed: 11)
        let bytes: [UInt8] = [0x0D, 0x0A, 0x2D, 0x58, 0x58, 0x61]
        for _ in 0..<2_000 {
            var content = (0..<Int.random(in: 0..<40, using: &random)).map { _ in random.pick(bytes) }
            // A boundary of its own would end it.
            while let start = Self.boundary(in: content) { content.remove(at: start + 4) }
            let head = Array("--XX\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n".utf8)
            let body = head + content + Array("\r\n--XX--".utf8)
            let cuts = random.cuts(body.count, most: 8)
            #expect(Self.read(body, cuts: cuts).file == content, "\(content) cut at \(cuts)")
        }
    }

    @Test("Random bodies are read as a slow reading finds, whole and in pieces")
    func againstReference() {
        var random = SeededRandom(seed: 12)
        let words =
            Array(ReferenceForm.heads.keys) + [
                "--XX\r\n", "\r\n--XX\r\n", "\r\n--XX--", "\n--XX\n", "--XX--", "--XX \t", "\r\n", "\n", "batch", "--X",
                "-", "a\r",
            ]
        var (read, whole) = (0, 0)
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...12, using: &random)).map { _ in random.pick(words) }.joined()
            let body = Array((Bool.random(using: &random) ? "--XX\r\n" + text + "\r\n--XX--" : text).utf8)
            guard let reference = ReferenceForm.read(body, boundary: "XX") else { continue }
            read += 1
            if reference.problem == nil, reference.filename != nil { whole += 1 }
            let cuts = random.cuts(body.count, most: 5)
            #expect(Self.read(body) == reference, "\(String(decoding: body, as: UTF8.self).debugDescription)")
            #expect(Self.read(body, cuts: cuts) == reference, "cut at \(cuts)")
        }
        #expect(read > 2_000 && whole > 200)
    }

    /// Where there is a boundary in what a part holds, its line break included; one in front counts as there, too.
    private static func boundary(in content: [UInt8]) -> Int? {
        let (text, delimiter) = ([0x0D, 0x0A] + content, Array("\r\n--XX".utf8))
        guard text.count >= delimiter.count else { return nil }
        return (0...text.count - delimiter.count).first { text[$0..<$0 + delimiter.count].elementsEqual(delimiter) }
            .map { $0 - 2 }
    }
}
