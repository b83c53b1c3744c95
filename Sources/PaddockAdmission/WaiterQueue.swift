// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The waiters of one model, and who of them is next: in order of arrival.
struct WaiterQueue {
    private var list = IntrusiveList()

    var count: Int { self.list.count }

    /// The waiter that gets the next slot.
    var next: Int? { self.list.first }

    /// Adds the newest request.
    mutating func append<Payload>(_ request: Int, in requests: inout RequestTable<Payload>) {
        self.list.append(request, in: &requests.nodes)
    }

    /// Puts back a request that had already started, before all that arrived after it.
    ///
    /// Only others that were put back can stand before it, so this looks at no more of them than there are slots.
    mutating func putBack<Payload>(_ request: Int, in requests: inout RequestTable<Payload>) {
        let sequence = requests.nodes[request].sequence
        var candidate = self.list.first
        while let other = candidate, requests.nodes[other].sequence < sequence {
            candidate = self.list.element(after: other, in: requests.nodes)
        }
        if let later = candidate {
            self.list.insert(request, before: later, in: &requests.nodes)
        } else {
            self.list.append(request, in: &requests.nodes)
        }
    }

    /// Takes a waiter out, wherever it stands, in constant time.
    mutating func remove<Payload>(_ request: Int, in requests: inout RequestTable<Payload>) {
        self.list.remove(request, in: &requests.nodes)
    }
}
