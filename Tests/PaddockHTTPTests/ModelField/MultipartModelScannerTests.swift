// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("Multipart model scanner")
struct MultipartModelScannerTests {
    private static let type = "multipart/form-data; boundary=XX"
    private static let field = "Content-Disposition: form-data; name=\"model\"\r\n\r\n"

    private static func body(_ parts: String...) -> String {
        parts.map { "--XX\r\n" + $0 + "\r\n" }.joined() + "--XX--\r\n"
    }

    private static let file =
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--X\r\nsound"

    static let bodies: [(body: String, field: ModelField)] = [
        (body(field + "whisper"), .model("whisper")),
        (body(file, field + "whisper"), .model("whisper")),
        (body(field + "whisper", file), .model("whisper")),
        (body(field + "whisper", field + "other"), .model("whisper")),
        (body(file), .invalid(.missing)),
        (body(field), .invalid(.empty)),
        (body(field + "", field + "other"), .invalid(.empty)),
        (body(field + String(repeating: "é", count: 128)), .model(String(repeating: "é", count: 128))),
        (body(field + String(repeating: "é", count: 129)), .invalid(.tooLong)),
        (body(field + " a\r\nb\n--X "), .model(" a\r\nb\n--X ")),
        (body(field + "a\r\n--XXb\r\n--XX-c\r\r\n--"), .model("a\r\n--XXb\r\n--XX-c\r\r\n--")),
        (body(field + "--XXa"), .model("--XXa")),
        (body(field + "--XX-\r"), .model("--XX-\r")),
        (body(field + "--X"), .model("--X")),
        // The line breaks that the first boundary has are the ones that count.
        ("--XX\nContent-Disposition: form-data; name=model\n\na\r\n--XX--\n", .model("a\r")),
        ("--XX\nContent-Disposition: form-data; name=model\r\n\r\na\n--XX--", .model("a")),
        ("--XX\nContent-Disposition: form-data; name=model\n\na\n--XX--\r\n", .invalid(.multipart(.badBoundaryLine))),
        ("--XX\r\nContent-Disposition: form-data; name=model\n\na\n--XX\r\n--XX--", .model("a\n--XX")),
        // Preamble, epilogue, blanks after a boundary, no line break at the end.
        ("hello\r\n--XXY\r\n--XX-\r\n--XX x\r\n\n" + body(field + "a"), .model("a")),
        ("--XX--\n" + body(field + "a"), .model("a")),
        ("--XX \t\r\n" + field + "a\r\n--XX--\t \r\nmore\r\n--XX\r\n", .model("a")),
        ("--XX\r\n" + field + "a\r\n--XX--", .model("a")),
        ("--XX\r\n" + field + "a\r\n--XX-- \t", .model("a")),
        ("--XX--", .invalid(.missing)),
        ("--XX--\r\n", .invalid(.missing)),
        // A part that is empty may have no line break before its boundary.
        ("--XX\r\n" + file + "\r\n--XX\r\nX: y\r\n\r\n--XX\r\n" + field + "a\r\n--XX--", .model("a")),
        ("--XX\r\n" + field + "--XX--", .invalid(.empty)),
        ("--XX\r\n\r\n--XX\r\n" + field + "a\r\n--XX--", .model("a")),
        // Not whole.
        ("", .invalid(.multipart(.noClosingBoundary))),
        ("hello", .invalid(.multipart(.noClosingBoundary))),
        ("--XX", .invalid(.multipart(.noClosingBoundary))),
        ("--XX\r\n", .invalid(.multipart(.noClosingBoundary))),
        ("--XX\r\nContent-Disp", .invalid(.multipart(.noClosingBoundary))),
        ("--XX\r\n" + field + "a", .invalid(.multipart(.noClosingBoundary))),
        ("--XX\r\n" + field + "a\r\n--XX\r\n", .invalid(.multipart(.noClosingBoundary))),
        ("--XX\r\n" + field + "a\r\n--XX-", .invalid(.multipart(.noClosingBoundary))),
        ("--XX\r\n" + field + "a\r\n--XX--\r", .invalid(.multipart(.noClosingBoundary))),
        // More on the line of a boundary.
        ("--XX\r\n" + field + "a\r\n--XX b\r\n--XX--", .invalid(.multipart(.badBoundaryLine))),
        ("--XX\r\n" + field + "a\r\n--XX--b\r\n--XX--", .invalid(.multipart(.badBoundaryLine))),
        ("--XX\r\n" + field + "a\r\n--XX\rb\r\n--XX--", .invalid(.multipart(.badBoundaryLine))),
        ("--XX\r\n" + field + "a\r\n--XX\nb\r\n--XX--", .invalid(.multipart(.badBoundaryLine))),
    ]

    @Test("A body gives the same answer in one piece, byte by byte and cut anywhere", arguments: bodies)
    func everyCut(body: String, field: ModelField) {
        let bytes = Array(body.utf8)
        #expect(scanMultipart(bytes, contentType: Self.type) == field)
        #expect(scanMultipart(bytes, contentType: Self.type, cuts: Array(bytes.indices)) == field)
        for cut in bytes.indices {
            #expect(scanMultipart(bytes, contentType: Self.type, cuts: [cut]) == field, "cut at \(cut)")
        }
    }

    @Test(
        "The header of a part decides whether it is the model",
        arguments: [
            ("content-DISPOSITION:form-data;name=model", .model("a")),
            ("Content-Disposition: Form-Data ; NAME = model ; ", .model("a")),
            ("Content-Disposition: form-data; name=\"model\";", .model("a")),
            ("Content-Disposition: form-data;\r\n\tname=\"model\"", .model("a")),
            ("X-First: 1\r\nContent-Disposition: form-data; name=\"model\"\r\nX-Last: 2", .model("a")),
            ("Content-Disposition: form-data; name=\"model\"; filename=\"\"", .model("a")),
            ("Content-Disposition: form-data; name=\"model\"; name=model", .model("a")),
            ("Content-Disposition: form-data; name=\"mod\\el\"", .invalid(.missing)),
            ("Content-Disposition: form-data; name=\"x\\\"\\\\\"; other=\";name=model\"", .invalid(.missing)),
            ("Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"model\"", .model("a")),
            (
                "Content-Disposition: form-data; name=\"model\"\r\nContent-Disposition: form-data; name=\"x\"",
                .model("a")
            ),
            (
                "Content-Disposition: form-data; name=\"x\"\r\nContent-Disposition: form-data; name=\"model\"",
                .invalid(.missing)
            ),
            ("Content-Disposition : form-data; name=\"model\"", .invalid(.missing)),
            ("Content-Disposition: form-data; name=\"Model\"", .invalid(.missing)),
            ("Content-Disposition: form-data; name=\"model \"", .invalid(.missing)),
            ("Content-Disposition: form-data", .invalid(.missing)),
            ("Content-Disposition: attachment; name=\"model\"", .invalid(.missing)),
            ("Content-Disposition: form-data; name=\"model\"; filename=\"x\"", .invalid(.missing)),
            ("Content-Disposition:", .invalid(.missing)),
            ("Content-Type: text/plain", .invalid(.missing)),
            ("Content-Transfer-Encoding: 8bit\r\nContent-Disposition: form-data; name=\"model\"", .model("a")),
            ("Content-Transfer-Encoding: Quoted-Printable\r\nX: y", .invalid(.multipart(.encodedField))),
            ("Content-Disposition: form-data; name=\"model\"; filename*=utf-8''x", .invalid(.multipart(.encodedField))),
            ("Content-Disposition: form-data; name=\"file\"; filename*=utf-8''x", .invalid(.missing)),
            ("Content-Disposition: form-data; name*=utf-8''model", .invalid(.multipart(.encodedField))),
            ("Content-Disposition: form-data; name*0=mo; name*1=del", .invalid(.multipart(.encodedField))),
            ("Content-Disposition: form-data; name=\"model", .invalid(.multipart(.badPartHead))),
            ("Content-Disposition: form-data; name=", .invalid(.multipart(.badPartHead))),
            ("Content-Disposition: form-data; name", .invalid(.multipart(.badPartHead))),
            ("Content-Disposition: form-data name=model", .invalid(.multipart(.badPartHead))),
            ("Content-Disposition: form-data;; name=model", .invalid(.multipart(.badPartHead))),
            ("Content-Disposition: form-data; name=a; name=model", .invalid(.multipart(.badPartHead))),
            ("Content-Disposition: form-data;\u{A0}name=model", .invalid(.multipart(.badPartHead))),
            ("Content-Disposition: /x; name=model", .invalid(.multipart(.badPartHead))),
            ("Content-Disposition", .invalid(.multipart(.badPartHead))),
            (": form-data; name=model", .invalid(.multipart(.badPartHead))),
            (" Content-Disposition: form-data; name=model", .invalid(.multipart(.badPartHead))),
            ("Content(Disposition): x", .invalid(.multipart(.badPartHead))),
            ("X: a\rb", .invalid(.multipart(.badPartHead))),
            ("X: a\0b", .invalid(.multipart(.badPartHead))),
        ] as [(String, ModelField)]
    )
    func partHead(head: String, field: ModelField) {
        let bytes = Array("--XX\r\n\(head)\r\n\r\na\r\n--XX--\r\n".utf8)
        #expect(scanMultipart(bytes, contentType: Self.type) == field)
        #expect(scanMultipart(bytes, contentType: Self.type, cuts: Array(bytes.indices)) == field)
    }

    @Test(
        "The Content-Type must be multipart/form-data with a boundary",
        arguments: [
            ("multipart/form-data; boundary=XX", .model("a")),
            ("Multipart/Form-Data;BOUNDARY=\"XX\"", .model("a")),
            (" multipart/form-data ; charset=utf-8; boundary=\"X\\X\" ;", .invalid(.multipart(.noClosingBoundary))),
            ("multipart/form-data; boundary=XX;", .model("a")),
            ("multipart/form-data; boundary=xx", .invalid(.multipart(.noClosingBoundary))),
            ("", .invalid(.multipart(.notMultipart))),
            ("application/json", .invalid(.multipart(.notMultipart))),
            ("multipart/mixed; boundary=XX", .invalid(.multipart(.notMultipart))),
            ("multipart/form-data; boundary", .invalid(.multipart(.notMultipart))),
            ("multipart/form-data; boundary=XX, text/plain", .invalid(.multipart(.notMultipart))),
            ("multipart/form-data; boundary=XX; boundary=YY", .invalid(.multipart(.notMultipart))),
            ("multipart/form-data", .invalid(.multipart(.badBoundary))),
            ("multipart/form-data; boundary=\"\"", .invalid(.multipart(.badBoundary))),
            ("multipart/form-data; boundary*=utf-8''XX", .invalid(.multipart(.badBoundary))),
            ("multipart/form-data; boundary=\"X\nX\"", .invalid(.multipart(.badBoundary))),
            ("multipart/form-data; boundary=" + String(repeating: "x", count: 71), .invalid(.multipart(.badBoundary))),
        ] as [(String, ModelField)]
    )
    func contentType(type: String, field: ModelField) {
        let bytes = Array(Self.body(Self.field + "a").utf8)
        #expect(scanMultipart(bytes, contentType: type) == field)
    }

    @Test("A boundary may have 70 characters, blanks and asterisks among them")
    func longBoundary() {
        let boundary = "* '()+_,-./:=?" + String(repeating: "-", count: 56)
        let body = "--\(boundary)\r\n\(Self.field)a\r\n--\(boundary)--"
        #expect(
            scanMultipart(Array(body.utf8), contentType: "multipart/form-data; boundary=\"\(boundary)\"") == .model("a")
        )
    }

    @Test("The query's model wins, and the body must be whole all the same")
    func query() {
        let bytes = Array(Self.body(Self.field + "a").utf8)
        #expect(scanMultipart(bytes, contentType: Self.type, query: "x=1&model=q") == .model("q"))
        #expect(scanMultipart(bytes, contentType: Self.type, query: "x=1") == .model("a"))
        #expect(scanMultipart(bytes, contentType: Self.type, query: "model=") == .invalid(.empty))
        #expect(
            scanMultipart(bytes, contentType: "text/plain", query: "model=q") == .invalid(.multipart(.notMultipart))
        )
        let cut = Array(bytes.dropLast(6))
        #expect(
            scanMultipart(cut, contentType: Self.type, query: "model=q") == .invalid(.multipart(.noClosingBoundary))
        )
    }

    @Test("A model that is not UTF-8 is refused, as the backend would not replace it")
    func notUTF8() {
        let bytes = Array("--XX\r\n\(Self.field)".utf8) + [0xFF] + Array("\r\n--XX--".utf8)
        #expect(scanMultipart(bytes, contentType: Self.type) == .invalid(.notUTF8))
    }

    @Test("A header of 16 KiB is read and a longer one is refused")
    func longHead() {
        func body(_ count: Int) -> [UInt8] {
            let line = "X: " + String(repeating: "x", count: count - 5 - Self.field.utf8.count)
            return Array("--XX\r\n\(line)\r\n\(Self.field)a\r\n--XX--".utf8)
        }
        #expect(scanMultipart(body(16_384), contentType: Self.type) == .model("a"))
        #expect(scanMultipart(body(16_385), contentType: Self.type) == .invalid(.multipart(.partHeadTooLarge)))
    }

    @Test("A form may have 1,000 parts, as in Go")
    func manyParts() {
        func body(_ count: Int) -> [UInt8] {
            Array((String(repeating: "--XX\r\n\r\n\r\n", count: count - 1) + "--XX\r\n\(Self.field)a\r\n--XX--").utf8)
        }
        #expect(scanMultipart(body(1000), contentType: Self.type) == .model("a"))
        #expect(scanMultipart(body(1001), contentType: Self.type) == .invalid(.multipart(.tooManyParts)))
    }

    @Test("A media type and a disposition may have 32 parameters")
    func manyParameters() {
        let others = (1...31).map { "; p\($0)=\($0)" }.joined()
        let body = "--XX\r\nContent-Disposition: form-data\(others); name=model\r\n\r\na\r\n--XX--"
        #expect(
            scanMultipart(Array(body.utf8), contentType: "multipart/form-data\(others); boundary=XX") == .model("a")
        )
        #expect(
            scanMultipart(Array(body.utf8), contentType: Self.type + others + "; x=y")
                == .invalid(.multipart(.notMultipart))
        )
        let more = "--XX\r\nContent-Disposition: form-data\(others); x=y; name=model\r\n\r\na\r\n--XX--"
        #expect(scanMultipart(Array(more.utf8), contentType: Self.type) == .invalid(.multipart(.badPartHead)))
    }

    @Test("A header folded over many lines is read as one")
    func folded() {
        let lines = String(repeating: "\r\n ", count: 1000)
        let body = "--XX\r\nContent-Disposition:\(lines)form-data;\(lines)name=model\(lines)\r\n\r\na\r\n--XX--"
        #expect(scanMultipart(Array(body.utf8), contentType: Self.type) == .model("a"))
    }

    @Test("A problem is known at once")
    func failsEarly() {
        let type = Array(Self.type.utf8)
        let none: [UInt8] = []
        var scanner = MultipartModelScanner(contentType: type.span, query: none.span)
        #expect(scanner.problem == nil)
        let bytes = Array("--XX\r\n\(Self.field)\(String(repeating: "x", count: 257))".utf8)
        scanner.feed(bytes.span)
        #expect(scanner.problem == .tooLong)
        #expect(MultipartModelScanner(contentType: none.span, query: none.span).problem == .multipart(.notMultipart))
    }
}
