// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission
@testable import PaddockProxy

@Suite("What a waiting client is told")
struct WaitingTextTests {
    private static func waiting(
        _ kind: WaitReason.Kind,
        behind model: ModelName?,
        start: Nanoseconds? = .milliseconds(13_600)
    ) -> WaitingRequest {
        let behind = model.map { WaitReason.Behind(model: $0, clients: 1, until: .seconds(7)) }
        return WaitingRequest(position: 3, reason: WaitReason(kind, behind: behind), estimatedStart: start)
    }

    @Test(
        "Its position, and what it waits for if that is not a slot",
        arguments: [
            (Self.waiting(.slot, behind: nil), "queued, position 3"),
            (
                Self.waiting(.swap, behind: "codellama"),
                "queued, position 3, waiting for codellama to give way, about 14 s"
            ),
            (
                Self.waiting(.turn, behind: "codellama", start: nil),
                "queued, position 3, waiting for its turn after codellama, about 7 s"
            ),
            (Self.waiting(.load, behind: "a"), "queued, position 3, waiting for its model to be loaded, about 14 s"),
            (
                Self.waiting(.refused, behind: nil, start: nil),
                "queued, position 3, waiting for a backend that is not busy"
            ),
        ]
    )
    func text(waiting: WaitingRequest, text: String) {
        #expect(waiting.text == text)
    }

    @Test("What counts only requests of one member says so")
    func own() {
        var waiting = Self.waiting(.slot, behind: nil)
        waiting.isOwn = true
        #expect(waiting.text == "queued, position 3 of this gateway's own")
    }

    @Test("No name ends the line")
    func hostile() {
        let text = Self.waiting(.swap, behind: "a\n\ndata: x\r\u{2028}b").text
        #expect(!text.contains(where: \.isNewline) && text.contains("a??data: x??b"))
    }
}
