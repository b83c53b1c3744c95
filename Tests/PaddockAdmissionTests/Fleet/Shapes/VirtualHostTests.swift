// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@testable import PaddockTesting

@Suite("VirtualHost")
struct VirtualHostTests {
    private func host(_ setting: Shape.Host, models: Int = 4) -> VirtualHost {
        VirtualHost(setting, models: Array(repeating: Shape.Model(), count: models), jitter: 0, seed: 1)
    }

    private func request(_ id: Int, model: Int, options: Int = 0, work: Double = 2) -> FleetRequest {
        FleetRequest(id: id, arrived: 0, model: model, options: options, client: "c", work: work)
    }

    /// Lets a host go on until nothing happens in it, and gives what ended with the time.
    private func finish(_ host: inout VirtualHost) -> [(id: Int, time: Double)] {
        var ended: [(id: Int, time: Double)] = []
        while host.next < .infinity {
            let now = host.next
            ended += host.proceed(now: now).map { ($0.id, now) }
        }
        return ended
    }

    @Test("A load takes its time, then slots share the processor, and what is too much waits inside")
    func slots() {
        var host = self.host(Shape.Host())
        for id in 0..<3 { host.arrive(self.request(id, model: 0), now: 0) }
        #expect(host.residents.isEmpty)
        #expect(host.next == 6)
        _ = host.proceed(now: 6)
        let started = host.takeStarted()
        #expect(started == [0, 1])
        #expect(host.residents == [HostResident(model: 0, options: 0, bytes: 1 << 30)])
        // Two at once are slower by a quarter each; the third is alone.
        let ended = self.finish(&host)
        #expect(ended.map(\.id) == [0, 1, 2])
        #expect(ended.map { ($0.time * 1000).rounded() } == [8500, 8500, 10500])
        #expect(host.loads == 1)
        #expect(abs(host.busyTime - 4.5) < 1e-6)
    }

    @Test("A busy victim takes no newcomers, and what waits for a load does so in order")
    func eviction() {
        var host = self.host(Shape.Host())
        host.arrive(self.request(0, model: 0), now: 0)
        _ = host.proceed(now: 6)
        host.arrive(self.request(1, model: 1), now: 6.5)
        #expect(host.sentToLeaving == 0)
        host.arrive(self.request(2, model: 0), now: 7)
        #expect(host.sentToLeaving == 1)
        let ended = self.finish(&host)
        #expect(ended.map(\.id) == [0, 1, 2])
        #expect(ended.map { $0.time.rounded() } == [8, 16, 24])
        #expect(host.loads == 3)
    }

    @Test("The victim is idle if one is, and of those the one that was used longest ago")
    func victim() {
        var host = self.host(Shape.Host(maxLoaded: 3))
        for model in 0..<3 {
            host.arrive(self.request(model, model: model, work: model == 0 ? 100 : 1), now: 10 * Double(model))
            _ = host.proceed(now: 10 * Double(model) + 6)
            if model > 0 { _ = host.proceed(now: host.next) }
        }
        host.arrive(self.request(3, model: 3), now: 40)
        #expect(Set(host.residents.map(\.model)) == [0, 2], "1 was used before 2, and 0 is busy")
    }

    @Test("Other options load a model anew; a request without any fits whatever is loaded")
    func options() {
        var host = self.host(Shape.Host(maxLoaded: 3))
        host.arrive(self.request(0, model: 0, options: 1), now: 0)
        _ = self.finish(&host)
        host.arrive(self.request(1, model: 0), now: 20)
        #expect(host.loads == 1)
        host.arrive(self.request(2, model: 0, options: 2), now: 20)
        let ended = self.finish(&host)
        #expect(ended.map(\.id) == [1, 2])
        #expect(host.loads == 2)
        #expect(host.residents == [HostResident(model: 0, options: 2, bytes: 1 << 30)])
    }

    @Test("Models have to fit into the memory together")
    func memory() {
        var host = self.host(Shape.Host(maxLoaded: 9, memory: 5 << 29))
        for model in 0..<3 {
            host.arrive(self.request(model, model: model), now: 20 * Double(model))
            _ = self.finish(&host)
        }
        #expect(host.residents.map(\.model) == [1, 2])
    }

    @Test("A model is unloaded only if it is loaded and idle")
    func unload() {
        var host = self.host(Shape.Host())
        var isGone = host.unload(0, now: 0)
        #expect(!isGone, "it is not there")
        host.arrive(self.request(0, model: 0), now: 0)
        isGone = host.unload(0, now: 1)
        #expect(!isGone, "it is loading")
        _ = host.proceed(now: 6)
        isGone = host.unload(0, now: 7)
        #expect(!isGone, "it is busy")
        _ = self.finish(&host)
        isGone = host.unload(0, now: 9)
        #expect(isGone)
        #expect(host.residents.isEmpty)
    }
}
