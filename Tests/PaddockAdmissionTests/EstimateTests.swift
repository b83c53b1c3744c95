// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("Estimates")
struct EstimateTests {
    private let alice = Client(name: "alice")
    private let bob = Client(name: "bob")

    private func place(_ arrival: Arrival) -> Int? {
        if case .queued(_, let place, _) = arrival { place } else { nil }
    }

    @Test("Alone the place is the number of those before it and one")
    func placeAlone() {
        let gate = Gate(parallel: 2, queue: 10)
        for request in 0..<2 { gate.arrive(request, of: self.alice) }
        for request in 1...5 { #expect(self.place(gate.arrive(10 + request, of: self.alice)) == request) }
    }

    @Test("Beside a flood it is that in the turns of the clients, whatever the length of the flood")
    func placeBesideFlood() {
        let gate = Gate(parallel: 1, queue: 10_000)
        for request in 0..<1_000 { gate.arrive(request, of: self.alice) }
        for client in 0..<50 { gate.arrive(2_000 + client, of: Client(name: "client-\(client)")) }
        var places: [Int] = []
        for request in 0..<5 {
            let place = self.place(gate.arrive(3_000 + request, of: self.bob)) ?? 0
            places.append(place)
            #expect(gate.order().firstIndex(of: 3_000 + request) == place - 1)
        }
        #expect(places == [51, 53, 55, 57, 59])
    }

    @Test("With more clients than it looks at it is near the truth")
    func placeAmongThousands() throws {
        let gate = Gate(parallel: 1, queue: 10_000)
        for client in 0..<2_000 {
            for request in 0...(client % 4) { gate.arrive(client * 4 + request, of: Client(name: "client-\(client)")) }
        }
        for request in 0..<4 {
            let place = try #require(self.place(gate.arrive(10_000 + request, of: self.bob)))
            let position = try #require(gate.order().firstIndex(of: 10_000 + request)) + 1
            #expect(abs(Double(place) / Double(position) - 1) < 0.25, "\(place) for \(position)")
        }
    }

    @Test("Batch waits behind interactive requests until it has earned its turn")
    func placeOfBatch() {
        let gate = Gate(parallel: 1, queue: 1_000)
        for request in 0...100 { gate.arrive(request, of: self.alice) }
        for request in 0..<3 {
            let place = self.place(gate.arrive(200 + request, of: self.bob, .batch))
            #expect(place == 21 * (request + 1))
            #expect(gate.order().firstIndex(of: 200 + request) == 21 * (request + 1) - 1)
        }
    }

    @Test("A waiter's place falls to 1 as it nears its turn, fairness on or off", arguments: [true, false])
    func placeFalls(isFair: Bool) throws {
        var policy = AdmissionPolicy()
        policy.isFair = isFair
        let gate = Gate(parallel: 1, queue: 100, policy: policy)
        for request in 0..<20 { gate.arrive(request, of: request % 2 == 0 ? self.alice : self.bob) }
        for request in 0..<18 {
            let place = try #require(gate.place(of: 19))
            #expect(abs(place - (19 - request)) <= 1)
            try gate.finish(request)
        }
        #expect(gate.place(of: 19) == 1)
        try gate.finish(18)
        #expect(gate.place(of: 19) == nil)
    }

    @Test("A place deep among the waiters of one client is counted up to thousands, and near the truth beyond")
    func placeInALongLine() throws {
        let gate = Gate(parallel: 1, queue: 20_000)
        for request in 0...20_000 { gate.arrive(request) }
        // Some leave in the middle, so that order of arrival is not everything.
        for request in stride(from: 6_000, to: 8_000, by: 2) { #expect(try gate.cancel(request)) }
        #expect(gate.place(of: 1) == 1)
        #expect(gate.place(of: 4_000) == 4_000)
        #expect(gate.place(of: 20_000) == 19_000)
        let deep = try #require(gate.place(of: 10_001))
        #expect(abs(deep - 9_001) < 600, "\(deep)")
    }

    @Test("An outlier moves neither quantiles nor what a request is charged")
    func outliers() throws {
        var times = ModelTimes()
        for nanoseconds in Int64(1)...9 {
            times.completed(processing: nanoseconds, firstByte: nil, isStream: false)
        }
        times.completed(processing: .max / 4, firstByte: nil, isStream: false)
        #expect(times.pace.typical == 5)
        #expect(times.pace.fast == 3)
        #expect(try #require(times.pace.estimatedWait(position: 2, slots: 1, elapsed: 100)) < 7)
    }

    @Test("Under steady load the estimates are off by less than a fifth of the wait at the median", arguments: [1, 4])
    func steadyLoad(slots: Int) throws {
        var race = Race(
            Gate(parallel: slots, queue: 500),
            outcome: .completed(status: 200),
            [
                Race.Runner(client: self.alice, processing: .milliseconds(900), outstanding: 10, pause: .seconds(1)),
                Race.Runner(client: self.bob, processing: .milliseconds(1_300), outstanding: 4, pause: .seconds(2)),
                Race.Runner(client: Client(name: "flood"), processing: .milliseconds(1_100), outstanding: 60),
            ]
        )
        try race.run(for: .seconds(600))
        let waits = race.waits.flatMap { $0 }.sorted()
        let errors = race.errors.sorted()
        let (wait, error) = (waits[waits.count / 2], errors[errors.count / 2])
        #expect(race.errors.count > 100)
        #expect(error < wait / 5, "\(error) of \(wait)")
        let reading = try race.gate.reading()
        #expect(try #require(reading.estimateErrorP50) <= #require(reading.estimateErrorP90))
        #expect(try #require(reading.estimateErrorP50) < wait / 5)
    }
}
