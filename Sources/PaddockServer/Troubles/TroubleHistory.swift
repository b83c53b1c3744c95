// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// What became of requests lately, and what backends and batch jobs did: sums over two lengths of time, of readings that count from the start.
struct TroubleHistory: Sendable {
    /// Whose requests.
    enum Key: Hashable, Sendable {
        /// All.
        case all
        /// Those for models that are not known.
        case unknown
        /// Those for a known model.
        case model(String)
    }

    /// The sums of one key.
    struct Sums: Sendable {
        /// Over ``shortSeconds``: what goes wrong at once.
        var short: TroubleCounts
        /// Over the last minute, about.
        var minute: TroubleCounts
        /// Over ``longSeconds``: what goes wrong with few requests.
        var long: TroubleCounts
    }

    /// The length of the short time, in seconds; up to two seconds less.
    static let shortSeconds = 16
    /// The length of the long time, in seconds; up to 20 seconds less.
    static let longSeconds = 300

    private var short = SlidingSums<Key, TroubleCounts>(slice: .seconds(2), count: 8)
    private var long = SlidingSums<Key, TroubleCounts>(slice: .seconds(20), count: 15)
    private var work = SlidingSums<String, BackendWork>(slice: .seconds(20), count: 15)
    private var batches = SlidingSums<String, Int>(slice: .seconds(20), count: 15)
    private var lostLines = SlidingSums<Key, Int>(slice: .seconds(10), count: 6)
    /// How many lines of the logs had been lost at the last reading.
    private var lastLostLines = 0
    /// The batch jobs of the last reading: when each was seen first, and how many of its requests had ended.
    private var knownBatches: [String: (since: Instant, ended: Int)] = [:]
    /// When the last reading was taken.
    private var now = Instant(nanoseconds: 0)
    /// The last reading; nil before the first, which is only the baseline.
    private var last: (models: [String: TroubleCounts], unknown: TroubleCounts, work: [String: BackendWork])?

    /// Takes a reading in.
    mutating func add(_ reading: TroubleReading, now: Instant) {
        self.short.advance(to: now)
        self.long.advance(to: now)
        self.work.advance(to: now)
        self.batches.advance(to: now)
        self.lostLines.advance(to: now)
        self.now = now
        self.add(reading.batches)
        self.lostLines.add(reading.lostLines - self.lastLostLines, to: .all)
        self.lastLostLines = reading.lostLines
        let models = Dictionary(reading.models.map { ($0.name, $0.counts) }) { first, _ in first }
        let work = Dictionary(reading.backends.map { ($0.url, $0.work) }) { first, _ in first }
        defer { self.last = (models, reading.unknown, work) }
        guard let last = self.last else { return }
        var all = reading.unknown.since(last.unknown)
        self.add(all, to: .unknown)
        for (name, counts) in models {
            let counted = counts.since(last.models[name] ?? .zero)
            self.add(counted, to: .model(name))
            all = all + counted
        }
        self.add(all, to: .all)
        for (url, done) in work {
            guard let before = last.work[url] else { continue }
            self.work.add(done.since(before), to: url)
        }
    }

    private mutating func add(_ batches: [TroubleReading.Batch]) {
        var known: [String: (since: Instant, ended: Int)] = [:]
        for batch in batches {
            let before = self.knownBatches[batch.id]
            known[batch.id] = (before?.since ?? self.now, batch.ended)
            if let before { self.batches.add(max(0, batch.ended - before.ended), to: batch.id) }
        }
        self.knownBatches = known
    }

    private mutating func add(_ counts: TroubleCounts, to key: Key) {
        self.short.add(counts, to: key)
        self.long.add(counts, to: key)
    }

    /// What became of requests lately.
    subscript(key: Key) -> Sums {
        Sums(short: self.short[key], minute: self.long.latest(3, of: key), long: self.long[key])
    }

    /// How many requests of a batch job have ended lately, and in how many seconds: at most ``longSeconds``.
    func batch(_ id: String) -> (ended: Int, seconds: Double) {
        guard let known = self.knownBatches[id], known.since < self.now else { return (0, 0) }
        let seconds = (self.now - known.since).milliseconds / 1_000
        return (self.batches[id], min(seconds, Double(Self.longSeconds - 10)))
    }

    /// How many lines of the logs were lost in the last minute, about.
    var linesLostLately: Int { self.lostLines[.all] }

    /// What a backend did in ``longSeconds``.
    func work(of url: String) -> BackendWork { self.work[url] }
}
