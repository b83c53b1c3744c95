// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

@Suite("Model in the query")
struct QueryModelTests {
    @Test(
        "The first model of a query string counts, read as Go reads it",
        arguments: [
            ("", nil),
            ("stream=true", nil),
            ("model=whisper", .model("whisper")),
            ("a=b&model=whisper&model=other", .model("whisper")),
            ("&&model=whisper", .model("whisper")),
            ("mod%65l=whisper", .model("whisper")),
            ("model=a%2Fb%3alatest", .model("a/b:latest")),
            ("model=a+b%20c", .model("a b c")),
            ("model=a=b", .model("a=b")),
            ("model=%C3%A9", .model("é")),
            ("model=é", .model("é")),
            ("Model=a", nil),
            ("+model=a", nil),
            ("model", .invalid(.empty)),
            ("model=", .invalid(.empty)),
            ("model=&model=a", .invalid(.empty)),
            ("model=%ff", .invalid(.notUTF8)),
            ("model=" + String(repeating: "x", count: 256), .model(String(repeating: "x", count: 256))),
            ("model=" + String(repeating: "x", count: 257), .invalid(.tooLong)),
            // Pairs that Go skips.
            ("model=a;b&model=c", .model("c")),
            ("model=a;model=b", nil),
            ("model=%zz&model=c", .model("c")),
            ("model=%4&model=c", .model("c")),
            ("model=%", nil),
            ("mod%l=a", nil),
        ] as [(String, ModelField?)]
    )
    func find(query: String, expected: ModelField?) {
        let bytes = Array(query.utf8)
        #expect(QueryModel.find(in: bytes.span) == expected)
    }
}
