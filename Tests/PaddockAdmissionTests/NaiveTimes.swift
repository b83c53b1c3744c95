// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission

@testable import PaddockAdmission

/// The contract's rules of measured times: all of them in order, of which the last 64 count.
struct NaiveTimes {
    var processing: [Int64] = []
    var firstBytes: [Bool: [Int64]] = [:]
    var estimateErrors: [Int64] = []

    /// What a request is charged when it starts.
    var typical: Int64 { max(1, Self.quantile(50, of: self.processing) ?? 1_000_000_000) }

    func firstByte(_ percent: Int, isStream: Bool) -> Int64? {
        Self.quantile(percent, of: self.firstBytes[isStream] ?? [])
    }

    static func quantile(_ percent: Int, of all: [Int64], least: Int = 8) -> Int64? {
        let last = all.suffix(64).sorted()
        return last.count < least ? nil : last[(last.count - 1) * percent / 100]
    }
}
