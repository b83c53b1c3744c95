// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// A value that can be summed up over time.
protocol SlidingValue: Equatable, Sendable {
    static var zero: Self { get }
    static func + (left: Self, right: Self) -> Self
    static func - (left: Self, right: Self) -> Self
}

extension Int: SlidingValue {}

/// Sums over the last seconds, by key: a ring of slices. A key takes memory only while its sum is not zero.
struct SlidingSums<Key: Hashable & Sendable, Value: SlidingValue>: Sendable {
    /// The length of a slice.
    private let slice: Nanoseconds
    private let count: Int
    /// The newest last.
    private var slices: [[Key: Value]] = [[:]]
    private var sums: [Key: Value] = [:]
    /// When the newest slice began.
    private var began: Instant?

    /// - Parameters:
    ///   - slice: the length of a slice.
    ///   - count: how many there are, the one that is being filled included; at least 1.
    init(slice: Nanoseconds, count: Int) {
        self.slice = slice
        self.count = count
    }

    /// Begins the slices that are due. After a pause longer than all of them nothing is left; a clock that goes backwards begins a
    /// slice, too.
    mutating func advance(to now: Instant) {
        guard let began = self.began else { return self.began = now }
        let passed = now - began
        guard passed >= self.slice || passed < .zero else { return }
        let steps = passed < .zero ? 1 : Int(min(Int64(self.count), passed.count / self.slice.count))
        for _ in 0..<steps { self.slices.append([:]) }
        self.began = steps == self.count || passed < .zero ? now : began + self.slice * steps
        while self.slices.count > self.count {
            for (key, value) in self.slices.removeFirst() {
                let rest = self.sums[key, default: .zero] - value
                self.sums[key] = rest == .zero ? nil : rest
            }
        }
    }

    /// Adds to the newest slice.
    mutating func add(_ value: Value, to key: Key) {
        if value == .zero { return }
        self.sums[key] = self.sums[key, default: .zero] + value
        let newest = self.slices.count - 1
        self.slices[newest][key] = self.slices[newest][key, default: .zero] + value
    }

    /// The sum of all slices.
    subscript(key: Key) -> Value { self.sums[key] ?? .zero }

    /// The sum of the newest slices.
    func latest(_ count: Int, of key: Key) -> Value {
        self.slices.suffix(count).reduce(.zero) { $0 + ($1[key] ?? .zero) }
    }
}
