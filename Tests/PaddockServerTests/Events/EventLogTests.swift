// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import PaddockProxy
import PaddockStore
import Testing

@testable import PaddockServer

@Suite("What happened")
struct EventLogTests {
    private static func log(_ store: Store? = nil) throws -> EventLog {
        try EventLog(store, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("The last thousand events are kept, in their order, and texts are cut")
    func bounds() throws {
        let log = try Self.log()
        for number in 1...1_100 {
            var event = GatewayEvent(.limitsSet, "llama2")
            event.after = "\(number) at once"
            event.reason = String(repeating: "x", count: 9_000)
            log.note(event)
        }
        let entries = log.entries
        #expect(entries.map(\.number) == Array(101...1_100))
        #expect(entries.last?.event.after == "1100 at once")
        #expect(entries.allSatisfy { $0.event.reason?.count == 500 })
    }

    @Test("Every kind, with everything that is known of it, is the same after a restart")
    func store() async throws {
        let store = try Store(inMemoryBecause: "of the test")
        let log = try Self.log(store)
        let actors: [GatewayEvent.Actor] = [
            .gateway, .signal("SIGHUP"), .request(hasToken: true, address: "10.0.0.1", tool: "curl/8"),
            .request(hasToken: false, address: "", tool: ""),
        ]
        for (index, kind) in GatewayEvent.Kind.allCases.enumerated() {
            let time = TimeOfDay(nanoseconds: Int64(index) * 1_000_000)
            var event = GatewayEvent(kind, kind.subject.map { "a \($0)" }, time: time)
            event.actor = actors[index % actors.count]
            if index.isMultiple(of: 2) { (event.before, event.after, event.reason) = ("1", "2", "why") }
            log.note(event)
        }
        await log.flush(within: .seconds(60))
        let again = try Self.log(store)
        #expect(again.entries == log.entries)
        again.note(GatewayEvent(.started))
        #expect(again.entries.last?.number == log.entries.count + 1)
    }

    @Test("What could not be written is tried again with the next event", .timeLimit(.minutes(1)))
    func retry() async throws {
        let folder = "\(NSTemporaryDirectory())paddock-events-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Room for the tables and for small events.
        let store = try Store(folder: folder, maxPages: 80)
        let log = try Self.log(store)
        log.note(GatewayEvent(.limitsSet, String(repeating: "x", count: 2_000_000)))
        await log.flush(within: .seconds(60))
        let archive = EventArchive(store, most: EventLog.kept)
        #expect(try archive.events().isEmpty)
        // What does not fit is forgotten behind a thousand others; nobody flushes now.
        while try archive.events().isEmpty {
            try Task.checkCancellation()
            log.note(GatewayEvent(.started))
            await Task.yield()
        }
        #expect(try archive.events().allSatisfy { $0.kind == "started" })
    }

    @Test("The store keeps the last ones, and what it does not know is left out")
    func retention() throws {
        let store = try Store(inMemoryBecause: "of the test")
        let archive = EventArchive(store, most: 5)
        try archive.add((1...20).map { StoredEvent(number: $0, time: 0, kind: "started", actor: "gateway") })
        #expect(try archive.events().map(\.number) == Array(16...20))
        try archive.add([StoredEvent(number: 21, time: 0, kind: "of a later version", actor: "gateway")])
        let log = try Self.log(store)
        #expect(log.entries.map(\.number) == Array(17...20))
        log.note(GatewayEvent(.started))
        #expect(log.entries.last?.number == 22)
    }
}
