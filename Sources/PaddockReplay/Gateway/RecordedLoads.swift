// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a trace shows of loads: how long models take to load, and how many of them a backend holds.
package struct RecordedLoads: Sendable {
    /// How long each model takes to load, in nanoseconds: the median, or that of all models for one without a load.
    let times: [Int64]
    /// How many models a backend holds at least; at least 1.
    ///
    /// Between two requests of a model that was not loaded for the second one, the backend used at most that many models, this one
    /// included.
    let places: Int
    /// How many loads there were. Requests that waited for the same one count once.
    let count: Int

    /// Looks at a trace.
    ///
    /// - Returns: nil if no request of it says that it waited for a load.
    package init?(_ trace: ReplayTrace) {
        var loads = trace.models.map { _ in [Int64]() }
        for request in trace.requests {
            if let load = request.loadWait { loads[Int(request.model)].append(load) }
        }
        guard let all = Quantiles(loads.flatMap(\.self)) else { return nil }
        self.times = loads.map { Quantiles($0)?.p50 ?? all.p50 }
        let active = trace.requests.filter { $0.processing != nil }.sorted { $0.started < $1.started }
        self.places = Self.places(active)
        self.count = Self.count(active)
    }

    private static func count(_ requests: [ReplayRequest]) -> Int {
        var (count, ends) = (0, [UInt64: Int64]())
        for request in requests {
            guard let load = request.loadWait else { continue }
            let key = UInt64(UInt32(bitPattern: request.backend)) << 32 | UInt64(UInt32(bitPattern: request.model))
            if request.started >= ends[key] ?? .min { count += 1 }
            ends[key] = max(ends[key] ?? .min, request.started.addingOrMax(load))
        }
        return count
    }

    private static func places(_ requests: [ReplayRequest]) -> Int {
        var places = 1
        // Of each backend, the models that were used last, the latest first.
        var used: [Int32: [Int32]] = [:]
        for request in requests {
            let place = used[request.backend, default: []].firstIndex(of: request.model)
            if let place {
                used[request.backend]?.remove(at: place)
                if request.load != nil, request.loadWait == nil { places = max(places, place + 1) }
            }
            used[request.backend, default: []].insert(request.model, at: 0)
        }
        return places
    }
}
