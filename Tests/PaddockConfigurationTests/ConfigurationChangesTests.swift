// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockConfiguration

@Suite("What changed between two configurations")
struct ConfigurationChangesTests {
    @Test("Nothing, if nothing did")
    func nothing() {
        #expect(Configuration().changes(since: Configuration()).isEmpty)
    }

    @Test("Each key that has another value, a secret by what it is and not by how it shows")
    func some() {
        var old = Configuration()
        old.adminToken = Secret("one")
        var new = old
        new.adminToken = Secret("two")
        new.port = 9
        new.models = [DeclaredModel(model: model("llama2"), queueLimit: 3)]
        new.logLevel = .debug
        #expect(new.changes(since: old).map(\.key) == ["port", "models", "admin_token", "log_level"])
        #expect(new.changes(since: old).filter(\.needsRestart).map(\.key) == ["port"])
    }
}
