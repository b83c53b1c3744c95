// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How many replies had which class of status, for each backend that sent some.
package struct RepliesByBackend: Hashable, Sendable {
    /// By the index of the backend, without zeros at the end.
    private var counts: [ReplyCounts] = []

    /// Makes counts in which there is no reply.
    package init() {}

    /// The replies of one backend.
    package subscript(backend: BackendIndex) -> ReplyCounts {
        backend.value < self.counts.count ? self.counts[backend.value] : ReplyCounts()
    }

    /// The replies of all backends together.
    package var sum: ReplyCounts { self.counts.reduce(ReplyCounts(), +) }

    /// The backends that sent replies.
    package var backends: [BackendIndex] {
        self.counts.indices.filter { self.counts[$0] != ReplyCounts() }.map { BackendIndex($0) }
    }

    /// Counts a reply.
    ///
    /// - Parameters:
    ///   - status: Its status, 100 to 999.
    ///   - backend: The backend that sent it.
    mutating func add(status: Int, from backend: BackendIndex) {
        if backend.value >= self.counts.count { self.makeRoom(for: backend.value) }
        self.counts[backend.value].add(status: status)
    }

    /// Once for each backend: requests that follow allocate nothing.
    @inline(never)
    private mutating func makeRoom(for row: Int) {
        self.counts += Array(repeating: ReplyCounts(), count: row + 1 - self.counts.count)
    }

    /// The replies of both.
    package static func + (left: RepliesByBackend, right: RepliesByBackend) -> RepliesByBackend {
        left.combined(with: right, +)
    }

    /// The replies on the left that are not on the right.
    package static func - (left: RepliesByBackend, right: RepliesByBackend) -> RepliesByBackend {
        left.combined(with: right, -)
    }

    private func combined(
        with other: RepliesByBackend,
        _ number: (ReplyCounts, ReplyCounts) -> ReplyCounts
    ) -> RepliesByBackend {
        guard !self.counts.isEmpty || !other.counts.isEmpty else { return self }
        var result = RepliesByBackend()
        result.counts = (0..<max(self.counts.count, other.counts.count)).map {
            number(self[BackendIndex($0)], other[BackendIndex($0)])
        }
        while result.counts.last == ReplyCounts() { result.counts.removeLast() }
        return result
    }
}
