// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockBatch

extension Instant {
    static let zero = Instant(nanoseconds: 0)

    static func second(_ count: Int) -> Instant { Self.zero + .seconds(count) }
}

extension BatchTable {
    /// A table with a request for each number, which is its model.
    init(models: [Int]) {
        self.init()
        for (index, model) in models.enumerated() { self.append(at: index * 100, model: model) }
    }
}

extension BatchMachine {
    /// Adds a job whose file has been read.
    mutating func run(
        _ id: String,
        of owner: String = "o",
        models: [Int],
        until: Instant = .second(86_400),
        now: Instant = .zero
    )
        -> [Int]
    {
        _ = self.add(BatchEntry(id: id, owner: owner, expiresAt: until), now: now)
        return self.read(id, BatchTable(models: models), now: now).lines
    }

    /// A request is answered and its line written.
    mutating func answer(_ job: String, _ line: Int, now: Instant = .zero) -> BatchActions {
        let id = BatchRequestID(job: job, line: line)
        _ = self.ended(id, .answered, now: now)
        return self.written(id, isError: false, now: now)
    }

    /// A job that can be cancelled is.
    mutating func cancelled(_ job: String) -> BatchActions? { self.cancel(job, now: .zero) }

    /// A request ends otherwise.
    mutating func end(_ job: String, _ line: Int, _ outcome: BatchOutcome, now: Instant = .zero) -> BatchVerdict {
        self.ended(BatchRequestID(job: job, line: line), outcome, now: now).verdict
    }
}

extension BatchActions {
    /// Which requests begin.
    var lines: [Int] { self.starts.map(\.id.line) }
    /// Whose requests begin.
    var jobs: [String] { self.starts.map(\.id.job) }
    /// The new statuses.
    var statuses: [BatchStatus] { self.changes.map(\.status) }
}
