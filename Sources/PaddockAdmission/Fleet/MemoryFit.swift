// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Whether models fit into the memory of a backend together: as configured, else as learned from what was seen.
///
/// A set of models is known by two numbers, how many they are and their bytes. A set that was seen resident together proves that
/// each set fits that is not larger in either number. If one of a set was evicted for another, that disproves every set that is at
/// least as large in both. Proofs and disproofs that contradict each other cannot both stay: the newer one does.
package struct MemoryFit: Hashable, Sendable {
    /// What is known of a set.
    package enum Answer: Hashable, Sendable {
        /// The backend holds them at the same time.
        case fits
        /// The backend would evict one of them.
        case doesNotFit
        /// Only the backend can tell.
        case unknown
    }

    /// How many models, and their bytes.
    private struct Size: Hashable, Sendable {
        var count: Int
        var bytes: Int64

        func isWithin(_ other: Size) -> Bool { self.count <= other.count && self.bytes <= other.bytes }
    }

    private struct Disproof: Hashable, Sendable {
        var size: Size
        var since: Instant
    }

    /// How many proofs, and how many disproofs, are remembered; the oldest goes first.
    package static let capacity = 8
    /// How long a disproof counts, in nanoseconds: ten minutes. Other programs take memory and give it back, and a model can vanish
    /// for another reason.
    package static let disproofLifetime: Int64 = 600_000_000_000

    /// The memory for models in bytes; `nil` if it is to be learned.
    package let memory: Int64?
    /// How many models are loaded at most (`OLLAMA_MAX_LOADED_MODELS`); `nil` if that is to be learned.
    package let maxLoaded: Int?
    /// None is within another.
    private var proofs: [Size] = []
    /// None is within a proof. The newest one is at the end.
    private var disproofs: [Disproof] = []

    /// Makes the memory of a backend.
    ///
    /// - Parameters:
    ///   - memory: The memory for models in bytes. Defaults to what is learned.
    ///   - maxLoaded: How many models are loaded at most. Defaults to what is learned.
    package init(memory: Int64? = nil, maxLoaded: Int? = nil) {
        self.memory = memory
        self.maxLoaded = maxLoaded
    }

    /// Models were seen resident together, and nothing was being loaded.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - bytes: Their bytes; a model of unknown size counts none.
    mutating func prove(count: Int, bytes: Int64) {
        let size = Size(count: count, bytes: bytes)
        guard count > 0, !self.proofs.contains(where: size.isWithin) else { return }
        self.proofs.removeAll { $0.isWithin(size) }
        self.disproofs.removeAll { $0.size.isWithin(size) }
        if self.proofs.count == Self.capacity { self.proofs.removeFirst() }
        self.proofs.append(size)
    }

    /// How many proofs and disproofs are remembered.
    var remembered: Int { self.proofs.count + self.disproofs.count }

    /// One of a set of models was evicted, so that another one of the set could be loaded.
    mutating func disprove(count: Int, bytes: Int64, now: Instant) {
        let size = Size(count: count, bytes: bytes)
        // One model alone is loaded anyhow, by part into main memory if need be.
        guard count > 1 else { return }
        self.proofs.removeAll { size.isWithin($0) }
        self.disproofs.removeAll { size.isWithin($0.size) || !Self.isValid($0, now) }
        if self.disproofs.count == Self.capacity { self.disproofs.removeFirst() }
        self.disproofs.append(Disproof(size: size, since: now))
    }

    /// Whether a set of models fits.
    ///
    /// What is configured is believed unless it was disproved of late; what is not has to be proved.
    func check(count: Int, bytes: Int64, now: Instant) -> Answer {
        if let memory = self.memory, bytes > memory { return .doesNotFit }
        if let maxLoaded = self.maxLoaded, count > maxLoaded { return .doesNotFit }
        if count <= 1 { return .fits }
        let size = Size(count: count, bytes: bytes)
        if self.disproofs.contains(where: { $0.size.isWithin(size) && Self.isValid($0, now) }) { return .doesNotFit }
        if self.memory != nil, self.maxLoaded != nil { return .fits }
        let isProved = self.proofs.contains {
            (self.maxLoaded != nil || count <= $0.count) && (self.memory != nil || bytes <= $0.bytes)
        }
        return isProved ? .fits : .unknown
    }

    /// Whether a disproof still counts; not if the clock went backwards since.
    private static func isValid(_ disproof: Disproof, _ now: Instant) -> Bool {
        let age = now.nanoseconds(since: disproof.since)
        return age >= 0 && age < self.disproofLifetime
    }
}
