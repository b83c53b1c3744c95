// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A model in `paddock top`: the gateway's numbers, and how fast they grow.
struct TopRow: Equatable {
    let model: ModelStats
    /// Requests that may run at once on all backends together.
    let slots: Int
    /// Answered in full, per second; `nil` until there are two readings to compare.
    var donePerSecond: Double?
    /// Rejected or told that they would be too late, per second.
    var rejectedPerSecond: Double?
    /// Chunks of streamed replies, with Ollama tokens, per second.
    var chunksPerSecond: Double?
}

/// A backend in `paddock top`.
struct TopHost: Equatable {
    let backend: BackendStats
    /// Swaps that Paddock began, per minute; `nil` until there are two readings to compare.
    var swapsPerMinute: Double?
    /// The part of the time in which it did not do nothing that it served requests.
    var usefulShare: Double?
}

/// The last reading and the rates since the one before it.
struct TopRates {
    private(set) var latest: GatewayReading?
    private(set) var rows: [TopRow] = []
    private(set) var hosts: [TopHost] = []
    private var taken = Duration.zero
    /// Whether the next reading can be compared with the last one.
    private var isContinuous = false

    /// The gateway was away: what it counts from now on is no continuation.
    mutating func interrupt() { self.isContinuous = false }

    /// Takes a reading in.
    mutating func add(_ reading: GatewayReading, at time: Duration) {
        let earlier = self.isContinuous ? self.latest?.stats.models : nil
        let seconds = (time - self.taken) / Duration.seconds(1)
        self.rows = reading.stats.models.values.map { model in
            var row = TopRow(model: model, slots: model.slots(on: reading.health.backends))
            guard let earlier, seconds > 0 else { return row }
            let before = earlier[model.model]
            func rate(_ count: (ModelStats) -> Int?) -> Double? {
                guard let count = count(model).map({ $0 - (before.flatMap(count) ?? 0) }) else { return nil }
                // The totals were reset in between: what was counted before that is not known.
                return count < 0 ? nil : Double(count) / seconds
            }
            row.donePerSecond = rate(\.totalProcessed)
            row.rejectedPerSecond = rate(\.turnedAway)
            row.chunksPerSecond = rate(\.totalChunks)
            return row
        }
        let before = self.isContinuous ? self.latest?.stats.backends : nil
        self.hosts = (reading.stats.backends ?? []).map { backend in
            var host = TopHost(backend: backend, usefulShare: backend.times.usefulShare)
            guard let earlier = before?.first(where: { $0.url == backend.url }), seconds > 0 else { return host }
            let swaps = backend.swaps - earlier.swaps
            // It was started anew in between.
            guard swaps >= 0 else { return host }
            host.swapsPerMinute = Double(swaps) * 60 / seconds
            host.usefulShare = (backend.times - earlier.times).usefulShare
            return host
        }
        self.latest = reading
        self.taken = time
        self.isContinuous = true
    }
}
