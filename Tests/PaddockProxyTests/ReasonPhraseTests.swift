// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockProxy

@Suite("The reason phrases of replies")
struct ReasonPhraseTests {
    @Test(
        "Each status that Paddock answers itself has its own (RFC 9110)",
        arguments: [
            200, 204, 304, 308, 400, 401, 403, 404, 405, 408, 409, 413, 415, 429, 431, 500, 501, 502, 503, 504, 507,
        ]
    )
    func known(status: Int) {
        #expect(ReasonPhrase.text(status).description != "Error")
    }
}
