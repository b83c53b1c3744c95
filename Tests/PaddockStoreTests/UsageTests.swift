// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Testing

@testable import PaddockStore

@Suite("Usage")
struct UsageTests {
    private static func key(_ hour: Int, _ client: String = "alice", _ model: String = "llama2") -> UsageKey {
        UsageKey(hour: hour, client: client, model: model)
    }

    /// A store with some usage of the days 100 and 101.
    private static func filled() throws -> Store {
        let store = try Store(inMemoryBecause: "of the test")
        try store.add([
            key(2400): .completed(1), key(2400, "bob"): .completed(2), key(2423, "bob", "qwen3"): .completed(4),
        ])
        try store.add([key(2423, "bob", "qwen3"): .completed(8), key(2424): .completed(16), key(2447): .completed(32)])
        return store
    }

    @Test("Rows are added up by what is asked for")
    func dimensions() throws {
        let store = try Self.filled()
        func rows(_ by: [UsageQuery.Dimension]) throws -> [String] {
            try store.usage(.all(by: by)).map { row in
                let labels = [row.client, row.model, row.day.map { "day \($0)" }, row.hour.map { "hour \($0)" }]
                return (labels.compactMap(\.self) + ["\(row.counts.completed)"]).joined(separator: " ")
            }
        }
        #expect(try rows([]) == ["63"])
        #expect(try rows([.client]) == ["alice 49", "bob 14"])
        #expect(try rows([.model]) == ["llama2 51", "qwen3 12"])
        #expect(try rows([.client, .model]) == ["alice llama2 49", "bob llama2 2", "bob qwen3 12"])
        #expect(try rows([.day]) == ["day 100 15", "day 101 48"])
        #expect(try rows([.hour]) == ["hour 2400 3", "hour 2423 12", "hour 2424 16", "hour 2447 32"])
        #expect(try rows([.day, .client]) == ["alice day 100 1", "bob day 100 14", "alice day 101 48"])
        #expect(try rows([.client, .hour]).first == "alice hour 2400 1")
    }

    @Test("Hours at both ends count, whether rows of days or of hours are read")
    func range() throws {
        let store = try Self.filled()
        func completed(_ hours: ClosedRange<Int>, _ client: String? = nil) throws -> [Int] {
            try store.usage(UsageQuery(hours: hours, by: [], client: client)).map(\.counts.completed)
        }
        #expect(try completed(2400...2423) == [15])
        #expect(try completed(2400...2447) == [63])
        #expect(try completed(2401...2424) == [28])
        #expect(try completed(2447...2447) == [32])
        #expect(try completed(2448...3000) == [0])
        #expect(try completed(2400...2447, "bob") == [14])
        #expect(try completed(2400...2447, "nobody") == [0])
        #expect(try store.usage(UsageQuery(hours: 2448...3000, by: [.client])).isEmpty)
        // Whole days with a part of a day in front of them, behind them, and both.
        #expect(try completed(2401...2447) == [60])
        #expect(try completed(2400...2424) == [31])
        #expect(try completed(2399...2446) == [31])
        #expect(try completed(2401...2447, "alice") == [48])
        #expect(try completed(2000...3000) == [63])
    }

    @Test("Whole days are read from the sums of days, and what is left from hours")
    func split() throws {
        let store = try Self.filled()
        try store.write { try $0.execute(sql: "UPDATE usage_day SET completed = completed + 1000") }
        let rows = try store.usage(UsageQuery(hours: 2401...2447, by: [.client, .day]))
        #expect(rows.map(\.client) == ["alice", "bob"] && rows.map(\.day) == [101, 100])
        #expect(rows.map(\.counts.completed) == [1048, 12])
        #expect(try store.usage(UsageQuery(hours: 2424...2447, by: [.hour])).map(\.counts.completed) == [16, 32])
    }

    @Test("Every sum is stored and read")
    func everySum() throws {
        var counts = UsageCounts()
        for (index, column) in UsageCounts.columns.enumerated() { counts[keyPath: column.path] = index + 1 }
        let store = try Store(inMemoryBecause: "of the test")
        try store.add([Self.key(1): counts])
        #expect(try store.usage(.all(by: [.client])).map(\.counts) == [counts])
        var sum = counts
        sum += counts
        #expect(UsageCounts.columns.allSatisfy { sum[keyPath: $0.path] == 2 * counts[keyPath: $0.path] })
        #expect(counts.requests == 21)
        #expect(Mirror(reflecting: counts).children.count == UsageCounts.columns.count)
    }

    @Test("Names that look like SQL are names")
    func names() throws {
        let store = try Store(inMemoryBecause: "of the test")
        let name = "'); DROP TABLE name; --é"
        try store.add([Self.key(1, name, name): .completed(1)])
        #expect(try store.usage(.all(by: [.client, .model])).map(\.client) == [name])
        #expect(try store.usageKeys(ofHour: 1) == [Self.key(1, name, name)])
    }

    @Test("What is too old is removed, with the names that nothing has any more")
    func retention() throws {
        let store = try Self.filled()
        try store.removeUsage(before: 101)
        #expect(try store.usage(.all(by: [.hour])).map(\.hour) == [2424, 2447])
        #expect(try store.usage(.all(by: [.day])).map(\.day) == [101])
        #expect(try store.read { try String.fetchSet($0, sql: "SELECT text FROM name") } == ["alice", "llama2"])
        try store.add([Self.key(2448, "bob"): .completed(1)])
        #expect(try store.usage(.all(by: [.client])).map(\.client) == ["alice", "bob"])
    }

    @Test("Rows are removed at the start and at midnight, but not after the clock was set")
    func clock() {
        var retention = Retention()
        #expect(retention.firstDayKept(today: 1000, kept: 400) == 601)
        #expect(retention.firstDayKept(today: 1000, kept: 400) == nil)
        #expect(retention.firstDayKept(today: 1001, kept: 400) == 602)
        #expect(retention.firstDayKept(today: 90_000, kept: 400) == nil)
        #expect(retention.firstDayKept(today: 1001, kept: 400) == nil)
        #expect(retention.firstDayKept(today: 1000, kept: 400) == nil)
        #expect(retention.firstDayKept(today: 1001, kept: 1) == 1001)
    }

    @Test("The ledger adds up, and gives everything once")
    func ledger() {
        var ledger = UsageLedger(hour: 1)
        ledger.add(.completed(1), to: Self.key(1))
        ledger.add(.completed(2), to: Self.key(1))
        // A clock that was set back.
        ledger.add(.completed(4), to: Self.key(0))
        let rows = ledger.take()
        #expect(rows == [Self.key(1): .completed(3), Self.key(0): .completed(4)])
        #expect(ledger.take().isEmpty)
        ledger.add(.completed(8), to: Self.key(1))
        ledger.putBack(rows)
        #expect(ledger.take() == [Self.key(1): .completed(11), Self.key(0): .completed(4)])
        #expect(ledger.lost == 0)
    }

    @Test("New names beyond the most of an hour are added up as others")
    func manyNames() {
        let known = Set((0..<UsageLedger.pairsPerHour).map { Self.key(1, "client \($0)") })
        var ledger = UsageLedger(hour: 1, keys: known)
        ledger.add(.completed(1), to: Self.key(1, "client 0"))
        for number in 0..<10 { ledger.add(.completed(1), to: Self.key(1, "new \(number)")) }
        let others = UsageKey(hour: 1, client: UsageKey.others, model: UsageKey.others)
        #expect(ledger.take() == [Self.key(1, "client 0"): .completed(1), others: .completed(10)])
        ledger.add(.completed(1), to: Self.key(2, "new 1"))
        #expect(ledger.take() == [Self.key(2, "new 1"): .completed(1)])
    }

    @Test("Rows beyond the most that wait are lost, and counted")
    func bounded() {
        var ledger = UsageLedger(hour: 0)
        for hour in 0..<20 {
            for number in 0..<UsageLedger.pairsPerHour {
                ledger.add(.completed(1), to: Self.key(hour, "client \(number)"))
            }
        }
        #expect(ledger.pendingCount == UsageLedger.maxPending)
        #expect(ledger.lost == 20 * UsageLedger.pairsPerHour - UsageLedger.maxPending)
        ledger.add(.completed(1), to: Self.key(0, "client 0"))
        #expect(ledger.lost == 20 * UsageLedger.pairsPerHour - UsageLedger.maxPending)
    }
}
