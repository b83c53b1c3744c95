// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How fast a backend loads models, for guesses about those that it has not loaded yet.
struct LoadRate: Sendable {
    /// What the start of a runner takes beside the reading of the model, as long as nothing was measured: a second.
    static let start: Int64 = 1_000_000_000
    /// What a model of unknown size takes, as long as nothing was measured: five seconds, a model of 4 GiB.
    static let unknown: Int64 = 5_000_000_000
    /// Nanoseconds for a GiB, as long as nothing was measured: 1 GiB/s, slower than most disks that models are kept on.
    static let gibibyte: Int64 = 1_000_000_000

    private var loads = LastEight()
    /// Nanoseconds for a GiB, of the loads whose size is known.
    private var perGibibyte = LastEight()

    /// A load was measured, of whichever model. A time that cannot be is ignored.
    ///
    /// - Parameter bytes: The size of the model; 0 if that is not known.
    mutating func insert(_ nanoseconds: Int64, bytes: Int64) {
        guard LoadTimes.isPossible(nanoseconds) else { return }
        self.loads.insert(nanoseconds)
        if bytes > 0 { self.perGibibyte.insert(Self.pace(nanoseconds, bytes)) }
    }

    /// A load that was measured as so many nanoseconds took as many as the backend says.
    ///
    /// - Parameter bytes: The size that it was measured with.
    mutating func correct(_ measured: Int64, to nanoseconds: Int64, bytes: Int64) {
        guard LoadTimes.isPossible(measured), LoadTimes.isPossible(nanoseconds) else { return }
        self.loads.replace(measured, with: nanoseconds)
        if bytes > 0 { self.perGibibyte.replace(Self.pace(measured, bytes), with: Self.pace(nanoseconds, bytes)) }
    }

    /// How long a load of a model will take that was never measured, in nanoseconds.
    ///
    /// By size and the slower of the last loads, and no less than the shortest of them, as the start of a runner takes its time
    /// whatever its size.
    ///
    /// - Parameter bytes: The size of the model; 0 if that is not known.
    func expected(bytes: Int64) -> Int64 {
        guard let typical = self.loads.quantile(75), let shortest = self.loads.quantile(1) else {
            guard bytes > 0 else { return Self.unknown }
            return min(LoadTimes.longest, Self.start.addingSaturating(Self.time(bytes, Self.gibibyte)))
        }
        guard bytes > 0, let pace = self.perGibibyte.quantile(75) else { return typical }
        return min(LoadTimes.longest, max(shortest, Self.time(bytes, pace)))
    }

    private static func pace(_ nanoseconds: Int64, _ bytes: Int64) -> Int64 {
        self.clamped(Double(nanoseconds) * 0x1p30 / Double(bytes))
    }

    private static func time(_ bytes: Int64, _ perGibibyte: Int64) -> Int64 {
        self.clamped(Double(bytes) * 0x1p-30 * Double(perGibibyte))
    }

    private static func clamped(_ value: Double) -> Int64 { Int64(min(value, 0x1p62)) }
}
