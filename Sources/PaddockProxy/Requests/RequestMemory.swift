// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The memory of all requests: their heads, their bodies, and what was read ahead of them (`max_queued_bytes`).
package final class RequestMemory: Sendable {
    private let bytes = Atomic(0)

    /// The bytes that are held now.
    package var heldBytes: Int { self.bytes.load(ordering: .relaxed) }

    /// Takes some, unless that would be more than is allowed.
    ///
    /// - Parameters:
    ///   - count: How many bytes.
    ///   - limit: `max_queued_bytes`.
    /// - Returns: Whether they were taken.
    func take(_ count: Int, within limit: Int) -> Bool {
        let taken = self.bytes.add(count, ordering: .relaxed).newValue
        if taken <= limit { return true }
        self.bytes.subtract(count, ordering: .relaxed)
        return false
    }

    /// Counts memory that is taken already; negative for memory that is free again.
    func count(_ change: Int) {
        if change != 0 { self.bytes.add(change, ordering: .relaxed) }
    }
}

/// What one request holds of the memory of all.
struct HeldMemory {
    private let memory: RequestMemory
    /// The bytes of its head and its body.
    private(set) var bytes = 0
    /// What decompressing its body takes in addition.
    private var decoderBytes = 0

    init(_ memory: RequestMemory) { self.memory = memory }

    /// The bytes that all requests hold.
    var ofAll: Int { self.memory.heldBytes }

    /// - Returns: whether it fits in `max_queued_bytes`; if not, nothing was taken.
    mutating func take(_ count: Int, within limit: Int) -> Bool {
        guard self.memory.take(count, within: limit) else { return false }
        self.bytes += count
        return true
    }

    /// Counts bytes that are held again.
    mutating func count(_ count: Int) {
        self.memory.count(count)
        self.bytes += count
    }

    /// Counts what decompressing takes, in place of what it took before.
    ///
    /// - Returns: whether it fits in `max_queued_bytes`.
    mutating func setDecoder(_ bytes: Int, within limit: Int) -> Bool {
        let change = bytes - self.decoderBytes
        if change > 0 {
            guard self.memory.take(change, within: limit) else { return false }
        } else {
            self.memory.count(change)
        }
        self.decoderBytes = bytes
        return true
    }

    /// Gives everything back.
    mutating func giveBack() {
        self.memory.count(-(self.bytes + self.decoderBytes))
        self.bytes = 0
        self.decoderBytes = 0
    }

    /// Leaves what it holds to an owner that returns it later.
    ///
    /// - Returns: how many bytes that are.
    mutating func leave() -> Int {
        defer {
            self.bytes = 0
            self.decoderBytes = 0
        }
        return self.bytes + self.decoderBytes
    }
}
