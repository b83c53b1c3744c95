// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP

/// What a JSON body names, fed in pieces that end at `cuts`.
func scanJSON(_ body: [UInt8], cuts: [Int] = []) -> ModelField {
    var scanner = JSONModelScanner()
    feed(body, cuts: cuts) { scanner.feed($0) }
    return scanner.finish()
}

func scanJSON(_ body: String, cuts: [Int] = []) -> ModelField { scanJSON(Array(body.utf8), cuts: cuts) }

/// What a multipart body names, fed in pieces that end at `cuts`.
func scanMultipart(_ body: [UInt8], contentType: String, query: String = "", cuts: [Int] = []) -> ModelField {
    let contentType = Array(contentType.utf8)
    let query = Array(query.utf8)
    var scanner = MultipartModelScanner(contentType: contentType.span, query: query.span)
    feed(body, cuts: cuts) { scanner.feed($0) }
    return scanner.finish()
}

/// Hands out the bytes in pieces that end at `cuts`, which are in order, and at the end.
func feed(_ bytes: [UInt8], cuts: [Int], _ take: (Span<UInt8>) -> Void) {
    var start = 0
    for end in cuts + [bytes.count] {
        take(bytes.span.extracting(start..<end))
        start = end
    }
}

extension SeededRandom {
    /// One of the choices, of which there must be one.
    mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int.random(in: choices.indices, using: &self)]
    }

    /// Up to `most` offsets in a body of `count` bytes, in order.
    mutating func cuts(_ count: Int, most: Int) -> [Int] {
        let number = Int.random(in: 0...most, using: &self)
        return (0..<number).map { _ in Int.random(in: 0...count, using: &self) }.sorted()
    }
}
