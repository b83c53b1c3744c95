// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockProxy
import Testing

@testable import PaddockServer

@Suite("What is asked for about a client with a key")
struct ClientChangeTests {
    // 2026-01-02 10:00:00 UTC.
    private static let now = 1_767_348_000

    @Test("Its keys may be good until the end of today, and not until a day that is over", arguments: ["add", "set"])
    func expires(name: String) throws {
        let action = Substring(name)
        for (day, isRefused) in [
            ("2026-01-03", false), ("2026-01-02", false), ("2026-01-01", true), ("1970-01-01", true),
        ] {
            let body = Array(#"{"name":"alice","expires":"\#(day)"}"#.utf8)
            if isRefused {
                let error = #expect(throws: ErrorReply.self) { try ClientChange(action, body: body, now: Self.now) }
                #expect(error?.message.contains("2026-01-02") == true)
            } else {
                _ = try ClientChange(action, body: body, now: Self.now)
            }
        }
    }
}
