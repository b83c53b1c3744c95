// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Connections that have something to do in this turn.
///
/// Unowned, as counting references would cost as much as the work on the connections; the loop keeps those alive that were closed in
/// the turn. The places are used again in the next turn: to empty an array costs more than the two or three that are usually in it.
struct TurnList {
    private var places: [Unmanaged<Connection>] = []
    private(set) var count = 0

    var isEmpty: Bool { self.count == 0 }

    subscript(index: Int) -> Unmanaged<Connection> { self.places[index] }

    mutating func append(_ connection: Connection) {
        if self.count < self.places.count {
            self.places[self.count] = .passUnretained(connection)
        } else {
            self.places.append(.passUnretained(connection))
        }
        self.count += 1
    }

    mutating func removeAll() { self.count = 0 }
}
