// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What has to go from a backend so that a runner fits.
///
/// The same model with other options goes in any case. Then, until the runner fits, the resident of which least is lost: one that
/// is idle in front of one that is used, and one that is seldom asked for and quick to load. Nothing that is loading
/// goes, nor what is pinned.
struct Victims {
    /// What goes.
    private(set) var gone: [Resident] = []
    /// What stays.
    private var stay: [Resident]

    /// Chooses them; `nil` if the runner cannot fit.
    init?(_ fleet: Fleet, for runner: RunnerIndex, on backend: BackendIndex, now: Instant) {
        let model = fleet[runner].model
        let bytes = Self.bytes(of: model, on: backend, fleet)
        self.stay = fleet.backends[Int(backend.row)].residents
        if let same = self.stay.firstIndex(where: { $0.model == model }) {
            self.gone.append(self.stay.remove(at: same))
        }
        while !self.stay.isEmpty, !self.leaveRoom(for: bytes, on: backend, fleet, now: now) {
            let candidates = self.stay.indices.filter { Self.mayGo(self.stay[$0], fleet) }
            let victim = candidates.min {
                Self.isLess(self.stay[$0], self.stay[$1], on: backend, fleet, now: now)
            }
            guard let victim else { return nil }
            self.gone.append(self.stay.remove(at: victim))
        }
        // What went first may turn out not to be needed.
        for victim in self.gone.sorted(by: { $0.bytes > $1.bytes }) where victim.model != model {
            self.stay.append(victim)
            if self.leaveRoom(for: bytes, on: backend, fleet, now: now) {
                self.gone.removeAll { $0.name == victim.name }
            } else {
                self.stay.removeLast()
            }
        }
        // Of what is pinned only the same model can be among them: it stays, with other options.
        if self.gone.contains(where: \.isLoading) { return nil }
    }

    private func leaveRoom(for bytes: Int64, on backend: BackendIndex, _ fleet: Fleet, now: Instant) -> Bool {
        switch self.check(bytes, on: backend, fleet, now: now) {
        case .fits: true
        case .doesNotFit: false
        // Ollama finds out; it must not evict what has requests (ollama/ollama#17408).
        case .unknown: self.stay.allSatisfy { !fleet.isActive($0, on: backend) }
        }
    }

    private func check(_ bytes: Int64, on backend: BackendIndex, _ fleet: Fleet, now: Instant) -> MemoryFit.Answer {
        let total = self.stay.reduce(bytes) { $0.addingSaturating($1.bytes) }
        return fleet.backends[Int(backend.row)].fit.check(count: self.stay.count + 1, bytes: total, now: now)
    }

    /// Whether it is not known that a runner fits beside what stays.
    func isTrial(of runner: RunnerIndex, on backend: BackendIndex, _ fleet: Fleet, now: Instant) -> Bool {
        let bytes = Self.bytes(of: fleet[runner].model, on: backend, fleet)
        return self.check(bytes, on: backend, fleet, now: now) == .unknown
    }

    /// The size of a model on a backend in bytes; 0 if it is not known.
    private static func bytes(of model: ModelIndex, on backend: BackendIndex, _ fleet: Fleet) -> Int64 {
        fleet.backends[Int(backend.row)].installed?[fleet[model].name] ?? 0
    }

    // MARK: - What is lost

    /// Whether less is lost with one resident than with another.
    private static func isLess(
        _ left: Resident,
        _ right: Resident,
        on backend: BackendIndex,
        _ fleet: Fleet,
        now: Instant
    ) -> Bool {
        let (leftRank, rightRank) = (Self.rank(of: left, on: backend, fleet), Self.rank(of: right, on: backend, fleet))
        if leftRank != rightRank { return leftRank < rightRank }
        let leftValue = Self.value(of: left, on: backend, fleet, now: now) / Double(max(1, left.bytes))
        return leftValue < Self.value(of: right, on: backend, fleet, now: now) / Double(max(1, right.bytes))
    }

    /// Whether a resident may be a victim at all.
    static func mayGo(_ resident: Resident, _ fleet: Fleet) -> Bool {
        if resident.isLoading { return false }
        return !(resident.model.map { fleet[$0].isPinned } ?? false)
    }

    /// 2 if somebody waits for a resident who can go nowhere else, 1 if it is active and nowhere else, else 0.
    static func rank(of resident: Resident, on backend: BackendIndex, _ fleet: Fleet) -> Int {
        guard let model = resident.model, fleet.copies(of: resident, besides: backend) == 0 else { return 0 }
        if fleet.isWaitedFor(resident) { return 2 }
        return fleet.slots.active(of: model, on: backend) > 0 ? 1 : 0
    }

    /// What is lost with a resident: how often it is asked for, times what it takes to load it again.
    static func value(of resident: Resident, on backend: BackendIndex, _ fleet: Fleet, now: Instant) -> Double {
        guard let model = resident.model else { return 0 }
        let demand = fleet[model].runners.reduce(0.0) {
            resident.fits(fleet[$1].options) ? $0 + fleet[$1].demand.rate(now: now) : $0
        }
        let copies = Double(fleet.copies(of: resident, besides: backend))
        return demand * Double(fleet.loadTime(of: model, on: backend)) / (1 + 3 * copies)
    }
}
