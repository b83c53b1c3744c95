// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Where the runners of each model may be.
struct PlacementTable {
    /// By the row of their model; one that has no entry any more has no runners.
    private var rows: [ModelPlacement] = []

    /// Where the runners of a model may be that has an entry.
    subscript(model: ModelIndex) -> ModelPlacement {
        @inline(__always) _read { yield self.rows[Int(model.row)] }
        @inline(__always) _modify { yield &self.rows[Int(model.row)] }
    }

    /// All models that have an entry.
    var models: [ModelIndex] {
        self.rows.indices.lazy.filter { !self.rows[$0].runners.isEmpty }.map { ModelIndex(row: Int32($0)) }
    }

    /// The model of a name, if it has an entry.
    func model(named name: ModelName) -> ModelIndex? { self.models.first { self[$0].name == name } }

    /// A model has an entry from now on.
    ///
    /// - Parameter rule: Where it may be; `nil` for everywhere.
    mutating func insert(_ placement: ModelPlacement, of model: ModelIndex, rule: PlacementRule?) {
        if self.rows.count == Int(model.row) { self.rows.append(placement) } else { self[model] = placement }
        self[model].apply(rule)
    }

    /// Applies other rules. A model without one may be everywhere.
    mutating func apply(_ rules: [ModelName: PlacementRule]) {
        for row in self.rows.indices { self.rows[row].apply(rules[self.rows[row].name]) }
    }

    /// There is a backend more.
    mutating func addBackend() { for row in self.rows.indices { self.rows[row].addBackend() } }
}
