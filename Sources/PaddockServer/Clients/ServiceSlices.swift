// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// The service that a client had in the last 300 seconds, in slices of ten seconds, and in which of them it had work.
package struct ServiceSlices: Sendable {
    /// How many slices there are.
    package static let count = 30
    /// The length of one, in nanoseconds.
    package static let length: Int64 = 10_000_000_000

    /// By the number of the slice modulo ``count``; empty as long as the client had no slot.
    private var time: [Float] = []
    private var tokens: [Float] = []
    /// A bit for each slice in which a request of it waited or held a slot.
    private var work: UInt32 = 0
    /// The number of the newest slice.
    private var newest: Int64 = 0

    /// No service.
    package init() {}

    /// The number of the slice of an instant.
    package static func number(of instant: Instant) -> Int64 { instant.nanoseconds / Self.length }

    private static func place(_ number: Int64) -> Int { Int(((number % 30) + 30) % 30) }

    /// Time has passed: the oldest slices make room.
    package mutating func advance(to now: Instant) {
        let number = Self.number(of: now)
        guard number > self.newest else { return }
        for slice in max(self.newest + 1, number - Int64(Self.count) + 1)...number {
            let place = Self.place(slice)
            self.work &= ~(1 << UInt32(place))
            guard !self.time.isEmpty else { continue }
            (self.time[place], self.tokens[place]) = (0, 0)
        }
        self.newest = number
    }

    /// A request of it waited or held a slot for a while. What is older than the slices is left out.
    package mutating func hadWork(from start: Instant, to end: Instant) {
        if self.isInNewest(start, end) {
            self.work |= 1 << UInt32(Self.place(self.newest))
            return
        }
        for slice in self.slices(from: start, to: end) { self.work |= 1 << UInt32(Self.place(slice)) }
    }

    /// A request of it held a slot for a while.
    package mutating func hadSlot(from start: Instant, to end: Instant) {
        if self.isInNewest(start, end) {
            guard end > start else { return }
            self.makeRoom()
            self.time[Self.place(self.newest)] += Float(end.nanoseconds - start.nanoseconds)
            return
        }
        for slice in self.slices(from: start, to: end) {
            let from = max(start.nanoseconds, slice * Self.length)
            let to = min(end.nanoseconds, (slice + 1) * Self.length)
            guard to > from else { continue }
            self.makeRoom()
            self.time[Self.place(slice)] += Float(to - from)
        }
    }

    /// A request of it ended that has used tokens.
    package mutating func used(tokens: Int, at end: Instant) {
        guard tokens > 0 else { return }
        for slice in self.slices(from: end, to: end) {
            self.makeRoom()
            self.tokens[Self.place(slice)] += Float(tokens)
        }
    }

    /// Whether a time lies in the newest slice, as that of nearly every request does.
    @inline(__always)
    private func isInNewest(_ start: Instant, _ end: Instant) -> Bool {
        let first = self.newest * Self.length
        return start.nanoseconds >= first && end.nanoseconds < first + Self.length
    }

    private mutating func makeRoom() {
        guard self.time.isEmpty else { return }
        self.time = Array(repeating: 0, count: Self.count)
        self.tokens = self.time
    }

    private func slices(from start: Instant, to end: Instant) -> Range<Int64> {
        let first = max(Self.number(of: start), self.newest - Int64(Self.count) + 1)
        let last = min(Self.number(of: end), self.newest)
        return first..<max(first, last + 1)
    }

    /// The service of the slice at a place, 0 to 29: nanoseconds with a slot, or tokens.
    func service(at place: Int, byTokens: Bool) -> Double {
        let service = byTokens ? self.tokens : self.time
        return service.isEmpty ? 0 : Double(service[place])
    }

    /// Whether it had work in the slice at a place, 0 to 29.
    func hasWork(at place: Int) -> Bool { self.work & 1 << UInt32(place) != 0 }

    /// What it had in each slice, the newest first.
    ///
    /// - Parameter byTokens: whether service is counted in tokens, and not in nanoseconds.
    func parts(byTokens: Bool) -> [(service: Double, hasWork: Bool)] {
        (0..<Int64(Self.count)).map { age in
            let place = Self.place(self.newest - age)
            return (self.service(at: place, byTokens: byTokens), self.hasWork(at: place))
        }
    }

    /// Slices that are compared with others of the same kind only.
    ///
    /// - Parameter parts: what it had in each slice, the newest first; service of whichever kind counts as time.
    init(_ parts: [(service: Double, hasWork: Bool)]) {
        self.time = parts.map { Float($0.service) }
        self.tokens = [Float](repeating: 0, count: self.time.count)
        for (place, part) in parts.enumerated() where part.hasWork { self.work |= 1 << UInt32(place) }
    }

    /// Whether it had work in any slice.
    var hasAnyWork: Bool { self.work != 0 }
}

/// What part of the service each client had, and what part its weight would have given it.
package struct ServiceShares: Sendable {
    /// The service of all in each slice, and the weights of those that had work in it.
    private var service = [Double](repeating: 0, count: ServiceSlices.count)
    private var weights = [Double](repeating: 0, count: ServiceSlices.count)
    private var total = 0.0
    private let byTokens: Bool

    /// - Parameters:
    ///   - clients: the slices of all clients, of one instant, and their weights.
    ///   - byTokens: whether service is counted in tokens, and not in time.
    package init(_ clients: some Sequence<(slices: ServiceSlices, weight: Double)>, byTokens: Bool) {
        self.byTokens = byTokens
        for (slices, weight) in clients {
            for place in 0..<ServiceSlices.count {
                self.service[place] += slices.service(at: place, byTokens: byTokens)
                if slices.hasWork(at: place) { self.weights[place] += weight }
            }
        }
        self.total = self.service.reduce(0, +)
    }

    /// The part of the service that a client had, and its fair part: slice by slice its weight among those that had work. Each adds up to 1
    /// over all clients; nil if it had no work, or nobody had service.
    package func share(of slices: ServiceSlices, weight: Double) -> (share: Double, fair: Double)? {
        guard self.total > 0, slices.hasAnyWork else { return nil }
        var (own, fair) = (0.0, 0.0)
        for place in 0..<ServiceSlices.count {
            own += slices.service(at: place, byTokens: self.byTokens)
            if slices.hasWork(at: place) { fair += self.service[place] * weight / self.weights[place] }
        }
        return (own / self.total, fair / self.total)
    }
}
