// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The order of the models in `paddock top`.
struct TopSorting: Equatable {
    /// What they are ordered by.
    enum Column: String, CaseIterable {
        case model = "name"
        case active
        case queued
        case done = "done/s"
        case rejected = "rejected/s"
        case wait
        case time
    }

    private(set) var column = Column.queued
    /// Names go from A to Z and numbers from high to low, unless reversed.
    var isReversed = false

    mutating func next() { self.move(1) }

    mutating func previous() { self.move(Column.allCases.count - 1) }

    private mutating func move(_ step: Int) {
        let all = Column.allCases
        let index = all.firstIndex(of: self.column) ?? 0
        self.column = all[(index + step) % all.count]
        self.isReversed = false
    }

    /// The rows in order; equal ones by name, so that they do not jump.
    func sorted(_ rows: [TopRow]) -> [TopRow] {
        rows.sorted { first, second in
            if self.column == .model {
                return (first.model.model < second.model.model) != self.isReversed
            }
            let (one, other) = (self.value(first), self.value(second))
            if one != other { return (one > other) != self.isReversed }
            // The busiest first.
            let (busy, quiet) = (first.model.activeRequests, second.model.activeRequests)
            return busy == quiet ? first.model.model < second.model.model : busy > quiet
        }
    }

    private func value(_ row: TopRow) -> Double {
        switch self.column {
        case .model: 0
        case .active: Double(row.model.activeRequests)
        case .queued: Double(row.model.queuedRequests)
        case .done: row.donePerSecond ?? 0
        case .rejected: row.rejectedPerSecond ?? 0
        case .wait: row.model.avgWaitTimeMs
        case .time: row.model.avgProcessingTimeMs
        }
    }
}
