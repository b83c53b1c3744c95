// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Connections that have something to do in this turn.
///
/// Unowned, as counting references would cost as much as the work on the connections; the loop keeps those alive that were closed in
/// the turn. The places are used again in the next turn: to empty an array costs more than the two or three that are usually in it.
final class TurnList {
    private var places: [Unmanaged<Connection>] = []
    private var count = 0

    var isEmpty: Bool { self.count == 0 }

    func append(_ connection: Connection) {
        if self.count < self.places.count {
            self.places[self.count] = .passUnretained(connection)
        } else {
            self.places.append(.passUnretained(connection))
        }
        self.count += 1
    }

    /// Does something with each connection, those included that are appended meanwhile; then the list is empty.
    @inline(__always)
    func drain(_ body: (Connection) -> Void) {
        var index = 0
        while index < self.count {
            self.places[index]._withUnsafeGuaranteedRef(body)
            index += 1
        }
        self.count = 0
    }
}
