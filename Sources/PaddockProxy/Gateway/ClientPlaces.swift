// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How many connections of clients there may be at once, so that file descriptors are left for backends.
///
/// A listener that finds no place asks to be called when there is one. Until then connections that have answered their client are
/// not kept: another client waits for their place.
final class ClientPlaces: Sendable {
    let limit: Int
    private let taken = Atomic(0)
    private let wanted = Atomic(false)
    private let whenFree = Mutex<(@Sendable () -> Void)?>(nil)

    init(limit: Int) { self.limit = limit }

    /// Whether there is a place.
    var hasPlace: Bool { self.taken.load(ordering: .sequentiallyConsistent) < self.limit }

    /// Whether a client waits for a place.
    var isWanted: Bool { self.wanted.load(ordering: .relaxed) }

    /// A client has connected.
    func take() { self.taken.add(1, ordering: .sequentiallyConsistent) }

    /// The connection of a client is closed.
    func giveBack() {
        self.taken.subtract(1, ordering: .sequentiallyConsistent)
        if self.wanted.load(ordering: .sequentiallyConsistent), self.hasPlace { self.call() }
    }

    /// Calls once, soon or later, when there is a place.
    func waitForPlace(_ call: @escaping @Sendable () -> Void) {
        self.whenFree.withLock { $0 = call }
        self.wanted.store(true, ordering: .sequentiallyConsistent)
        // One may have become free before anybody knew that it was wanted.
        if self.hasPlace { self.call() }
    }

    private func call() {
        let call = self.whenFree.withLock { call in
            defer { call = nil }
            self.wanted.store(false, ordering: .sequentiallyConsistent)
            return call
        }
        call?()
    }
}
