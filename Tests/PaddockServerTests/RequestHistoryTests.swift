// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import Testing

@testable import PaddockProxy
@testable import PaddockServer

@Suite("Requests that have ended")
struct RequestHistoryTests {
    @Test("The last 10,000 are found by their ids, the newest of several", arguments: [10, 10_000, 10_001, 12_345])
    func found(count: Int) throws {
        let history = RequestHistory.arrivals()
        for number in 0..<count { history.ended(SharedRecord(.fixed("id-\(number)")), onLoop: 0) }
        var record = ExchangeRecord.fixed("id-\(count - 2)")
        record.status = 201
        history.ended(SharedRecord(record), onLoop: 0)
        let oldest = max(0, count + 1 - RequestHistory.arrivalsKept)
        let ids: Set = ["id-\(oldest)", "id-\(oldest - 1)", "id-\(count - 2)", "id-\(count - 1)", "none"]
        let found = history.records(ids)
        #expect(found.keys.sorted() == ["id-\(oldest)", "id-\(count - 2)", "id-\(count - 1)"].sorted())
        #expect(found["id-\(count - 2)"]?.record.status == 201)
        #expect(RequestHistory.arrivals().records(["id-1"]).isEmpty)
    }

    @Test("A follower reads every record once, or the last 10,000 if it comes too late")
    func followed() {
        let history = RequestHistory.arrivals()
        var (next, read) = (0, [String]())
        func readAll() {
            while case let records = history.records(after: &next), !records.isEmpty {
                read += records.map(\.record.id)
            }
        }
        for number in 0..<25_000 {
            history.ended(SharedRecord(.fixed("\(number)")), onLoop: 0)
            if number % 7_000 == 6_999 { readAll() }
        }
        readAll()
        #expect(read == (0..<25_000).map { "\($0)" })
        for number in 0..<12_000 { history.ended(SharedRecord(.fixed("late \(number)")), onLoop: 0) }
        read = []
        readAll()
        #expect(read == (2_000..<12_000).map { "late \($0)" })
    }

    @Test("Of what was not served the last 50 are kept, the newest first")
    func unserved() {
        let unserved = RequestHistory.unserved()
        #expect(unserved.reading.records.isEmpty)
        for number in 1...120 {
            unserved.ended(SharedRecord(.fixed("\(number)", .rejected)), onLoop: 0)
            unserved.ended(SharedRecord(.fixed("served", .completed)), onLoop: 0)
            #expect(unserved.reading.records.first?.record.id == "\(number)")
        }
        #expect(unserved.reading.total == 120)
        #expect(unserved.reading.records.map(\.record.id) == (71...120).reversed().map { "\($0)" })
    }
}
