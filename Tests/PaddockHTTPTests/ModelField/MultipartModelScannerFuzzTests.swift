// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP
import Testing

@Suite("Multipart model scanner against the reference")
struct MultipartModelScannerFuzzTests {
    @Test("Random bodies that are nearly multipart, in random pieces, get the reference's answer", arguments: 1...6)
    func nearMultipart(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        var compared = 0
        for round in 0..<300 {
            let boundary = generator.pick(["b", "XX", "--", "a-b"])
            let body = Self.body(boundary, &generator)
            guard let expected = ReferenceMultipart.modelField(of: body, boundary: boundary) else { continue }
            compared += 1
            let type = "multipart/form-data; boundary=\(boundary)"
            let cuts = generator.cuts(body.count, most: 6)
            let text = String(decoding: body, as: UTF8.self)
            #expect(scanMultipart(body, contentType: type) == expected, "seed \(seed), round \(round): \(text)")
            #expect(
                scanMultipart(body, contentType: type, cuts: cuts) == expected,
                "seed \(seed), round \(round), cuts \(cuts): \(text)"
            )
        }
        #expect(compared > 150)
    }

    private static func body(_ boundary: String, _ generator: inout SeededRandom) -> [UInt8] {
        let lineBreak = Int.random(in: 0..<4, using: &generator) == 0 ? "\n" : "\r\n"
        let pieces = [
            "x", "llama2", "\r", "\n", "\r\n", "-", "--", " ", "\t", "é", "--\(boundary)", "\r\n--\(boundary)",
            "\n--\(boundary)", "\r\n--\(boundary)-", "\r\n--\(boundary)x", "--\(boundary)--",
            String(repeating: "y", count: 130),
        ]
        func noise(_ most: Int, _ generator: inout SeededRandom) -> String {
            (0..<Int.random(in: 0...most, using: &generator)).map { _ in
                generator.pick(pieces)
            }.joined()
        }
        let heads = ReferenceMultipart.heads.keys.sorted()
        var body = Int.random(in: 0..<3, using: &generator) == 0 ? noise(3, &generator) + lineBreak : ""
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            body += "--\(boundary)" + generator.pick([" ", "", "", "", ""]) + lineBreak
            body += generator.pick(heads)
            body += noise(3, &generator) + lineBreak
        }
        body += "--\(boundary)--" + generator.pick(["", " ", lineBreak, "\r", "x"])
        var bytes = Array(body.utf8)
        if Bool.random(using: &generator), let place = bytes.indices.randomElement(using: &generator) {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes.remove(at: place)
            case 1: bytes.removeSubrange(place...)
            default: bytes.insert(generator.pick(Array("\r\n- x".utf8)), at: place)
            }
        }
        return bytes
    }
}
