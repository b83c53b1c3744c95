// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Where the requests of an input file are, and which of them have the same model: sixteen bytes for each.
package struct BatchTable: Equatable, Sendable {
    /// A request of the file.
    struct Line: Equatable, Sendable {
        /// Where its line begins in the file, in bytes.
        let offset: UInt64
        /// The request that is the next one of its queue; see ``BatchJob``.
        var next: UInt32 = .max
        /// Its model: an index of ``models``.
        let model: UInt16
        var state = State.waiting
        /// How often a backend failed with it.
        var failures: UInt8 = 0

        /// How far a request is.
        enum State: UInt8, Equatable, Sendable {
            case waiting
            /// It is at the gateway, or its line is being written.
            case active
            case ended
        }
    }

    /// The requests, in the order of the file.
    var lines: [Line] = []
    /// The models, each by a number that is the same in all tables of this process.
    private(set) var models: [Int] = []
    private var indexes: [Int: UInt16] = [:]

    /// An empty table.
    package init() {}

    /// How many requests there are.
    package var count: Int { self.lines.count }

    /// Adds a request behind the others. There are at most 65,535 of them.
    ///
    /// - Parameters:
    ///   - offset: where its line begins, in bytes.
    ///   - model: a number that is the same for the same model.
    package mutating func append(at offset: Int, model: Int) {
        let index: UInt16
        if let known = self.indexes[model] {
            index = known
        } else {
            index = UInt16(self.models.count)
            self.indexes[model] = index
            self.models.append(model)
        }
        self.lines.append(Line(offset: UInt64(offset), model: index))
    }

    /// The index of a model; nil if no request has it.
    func index(of model: Int) -> Int? { self.indexes[model].map(Int.init) }
}
