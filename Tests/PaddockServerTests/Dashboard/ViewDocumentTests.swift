// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON
import Testing

@testable import PaddockServer

@Suite("What the events of a view tell")
struct ViewDocumentTests {
    private static func contents(_ count: Int, at round: Int, time: Int = 1) -> ViewDocument.Contents {
        var contents = ViewDocument.Contents()
        contents.members.append("time", JSONValue(time))
        contents.members.append("stats", ["total_models": JSONValue(count)])
        contents.models = (0..<count).map { model in
            (
                "model-\(model)",
                [
                    "model": .string("model-\(model)"), "active_requests": JSONValue(round), "queued_requests": 0,
                    "total_requests": JSONValue(1_000_000 + round),
                    "note": .string(String(repeating: "x", count: 200) + "\(round)"),
                ]
            )
        }
        return contents
    }

    private static func value(_ text: JSONText) throws -> JSONValue { try JSONValue(parsing: text.bytes) }

    @Test("A client that merges the changes has what a new one is told")
    func merged() throws {
        var document = ViewDocument()
        var client = try Self.value(document.advance(to: Self.contents(3, at: 0)))
        for round in 1...20 {
            let change = document.advance(to: Self.contents(40 - round, at: round / 2, time: round))
            client = client.merging(try Self.value(change))
            let whole = try Self.value(document.whole)
            #expect(
                client["time"] == whole["time"] && client["stats"]?["total_models"] == whole["stats"]?["total_models"]
            )
            let models = try #require(client["stats"]?["models"]?.object).valuesByKey
            #expect(models == whole["stats"]?["models"]?.object?.valuesByKey)
            #expect(models.count == 40 - round)
        }
    }

    @Test("Nothing but what changed is told")
    func small() {
        var document = ViewDocument()
        _ = document.advance(to: Self.contents(2, at: 1))
        #expect(document.advance(to: Self.contents(2, at: 1, time: 2)).string == #"{"time":2}"#)
        var contents = Self.contents(2, at: 1, time: 2)
        let entry = contents.models?[1].entry
        contents.models?[1].entry = entry?.merging(["active_requests": 7]) ?? .null
        #expect(document.advance(to: contents).string == #"{"stats":{"models":{"model-1":{"active_requests":7}}}}"#)
        contents.models?.removeFirst()
        #expect(document.advance(to: contents).string == #"{"stats":{"models":{"model-0":null}}}"#)
        #expect(document.advance(to: contents).string == "{}")
    }

    @Test("Of many busy models each event tells how many requests run, and in turn everything else")
    func bounded() throws {
        let count = 200
        var document = ViewDocument()
        _ = document.advance(to: Self.contents(count, at: 0))
        var told: [String: Int] = [:]
        for round in 1...20 {
            let change = document.advance(to: Self.contents(count, at: round))
            #expect(change.bytes.count < 17_000)
            let models = try #require(try Self.value(change)["stats"]?["models"]?.object).valuesByKey
            #expect(models.count == count && models.values.allSatisfy { $0["active_requests"]?.integer == round })
            for (name, entry) in models where entry["note"] != nil { told[name] = round }
        }
        #expect(told.count == count)
    }

    @Test("Limits that were set are in the next event, however much else has changed")
    func limits() throws {
        func contents(at round: Int, _ limits: [Int: Int]) -> ViewDocument.Contents {
            var contents = Self.contents(200, at: round)
            for (model, limit) in limits {
                let entry = contents.models?[model].entry
                contents.models?[model].entry = entry?.merging(["queue_limit": JSONValue(limit)]) ?? .null
            }
            return contents
        }

        var document = ViewDocument()
        let usual = Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, 50) })
        _ = document.advance(to: contents(at: 0, usual))
        for (round, model) in [3, 137, 199, 70].enumerated() {
            // Everything else of this model comes with its limit.
            let limits = usual.merging([model: round]) { $1 }
            let change = try Self.value(document.advance(to: contents(at: round + 1, limits)))
            let told = try #require(change["stats"]?["models"]?.object).valuesByKey
            #expect(told["model-\(model)"]?["queue_limit"]?.integer == round)
            #expect(told["model-\(model)"]?["note"] != nil)
        }
        // A reload sets those of all.
        let change = document.advance(to: contents(at: 9, usual.mapValues { _ in 7 }))
        let told = try #require(try Self.value(change)["stats"]?["models"]?.object).valuesByKey
        #expect(told.count == 200 && told.values.allSatisfy { $0["queue_limit"]?.integer == 7 })
        #expect(change.bytes.count < 20_000)
    }
}
