// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockHTTP

@Suite("The model of the request before")
struct LastModelFieldTests {
    @Test("A value means the same whatever came before it")
    func anyOrder() {
        let texts = ["", "a", "b", "llama2", "llama3", "mistral:7b", "mistral:7B", "mistral:8b", "xistral:7b"]
        let values =
            texts.map { Array($0.utf8) }
            + [255, 256, 257].flatMap { length in
                // They differ in their last bytes alone.
                [UInt8(ascii: "x"), 0xFF].map { [UInt8](repeating: UInt8(ascii: "m"), count: length - 1) + [$0] }
            }
        for first in values {
            for second in values {
                var last = LastModelField()
                for value in [first, second, second, first] {
                    #expect(last.field(of: value.span) == ModelNameCapture.wholeString(value.span))
                }
            }
        }
    }

    @Test("A scanner that is used again finds the model of each body")
    func usedAgain() {
        var scanner = JSONModelScanner()
        for name in ["llama2", "llama2", "llama3", "mistral:latest", "mistral:latesT", "llama2"] {
            scanner.reset()
            scanner.feed(Array(#"{"model":"\#(name)"}"#.utf8).span)
            #expect(scanner.finish() == .model(name))
        }
    }

    @Test("Words compare without regard to case, and to nothing else", arguments: [1, 7, 8, 9, 16, 27])
    func words(length: Int) {
        let words: [Int: StaticString] = [
            1: "e", 7: "upgrade", 8: "priority", 9: "x-api-key", 16: "content-encoding",
            27: "access-control-allow-origin",
        ]
        guard let word = words[length] else { return }
        let lower = word.withUTF8Buffer { Array($0) }
        func matches(_ bytes: [UInt8]) -> Bool { bytes.span.matches(ByteRange(start: 0, end: bytes.count), word) }
        #expect(matches(lower))
        #expect(matches(Array(word.description.uppercased().utf8)))
        #expect(!matches(lower + lower.prefix(1)))
        #expect(!matches(Array(lower.dropLast())))
        for place in lower.indices {
            for byte in UInt8.min...UInt8.max where byte.asciiLowercased != lower[place] {
                var other = lower
                other[place] = byte
                #expect(!matches(other), "\(byte) for \(lower[place])")
            }
        }
    }
}
