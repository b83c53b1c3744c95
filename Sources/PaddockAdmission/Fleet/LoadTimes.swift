// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How long a model takes to load on a backend: measured, or a guess.
///
/// An estimate that is too long costs a little waiting, one that is too short makes swaps more frequent than they are worth: hence
/// the third quartile, and a guess that is rather too long.
struct LoadTimes: Sendable {
    /// The longest load that is believed, in nanoseconds: an hour. Ollama gives up a load that makes no progress for five minutes.
    static let longest: Int64 = 3_600_000_000_000

    private var measured = LastEight()

    /// How many loads it was measured by; at most eight.
    var count: Int { self.measured.count }

    /// Whether so many nanoseconds can be a load.
    static func isPossible(_ nanoseconds: Int64) -> Bool { nanoseconds >= 0 && nanoseconds <= self.longest }

    /// A load took so many nanoseconds. What is negative or longer than ``longest`` is ignored.
    mutating func insert(_ nanoseconds: Int64) {
        if Self.isPossible(nanoseconds) { self.measured.insert(nanoseconds) }
    }

    /// A load that was measured as so many nanoseconds took as many as the backend says.
    mutating func correct(_ measured: Int64, to nanoseconds: Int64) {
        if Self.isPossible(measured), Self.isPossible(nanoseconds) {
            self.measured.replace(measured, with: nanoseconds)
        }
    }

    /// How long the next load will take, in nanoseconds: the third quartile of the last eight, else a guess by size.
    ///
    /// - Parameters:
    ///   - bytes: The size of the model; 0 if that is not known.
    ///   - rate: How fast the backend loads. Defaults to that of an unknown backend.
    func expected(bytes: Int64, rate: LoadRate = LoadRate()) -> Int64 {
        self.measured.quantile(75) ?? rate.expected(bytes: bytes)
    }
}
