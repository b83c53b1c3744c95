// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The visits of the runners that are loaded on a backend, while others wait for a load there: who may still start, and when a victim may
/// go.
struct Visits {
    private let backend: BackendIndex
    private let contest: Contest
    private let now: Instant

    /// - Parameters:
    ///   - backend: The backend.
    ///   - contest: The runners that wait for a load there.
    ///   - now: The time.
    init(on backend: BackendIndex, _ contest: Contest, now: Instant) {
        self.backend = backend
        self.contest = contest
        self.now = now
    }

    // MARK: - Who may start

    /// The waiter that may have a slot of a runner that others wait to push out; `nil` if its visit is over.
    ///
    /// 1. The visit has not had its least length: whoever waits.
    /// 2. A client that is owed more than all that wait for a load.
    /// 3. A request that was here when the least length was over, or when the others began to wait, if its client is not far ahead.
    ///
    /// Of these the one whose client has had least, then the oldest.
    func next<Payload>(
        of runner: RunnerIndex,
        batchFits: Bool,
        _ fleet: Fleet,
        in requests: RequestTable<Payload>
    ) -> (request: RequestIndex, rule: StartRule)? {
        let state = fleet.backends[Int(self.backend.row)]
        guard let place = state.place(of: fleet[runner].model) else { return nil }
        let end = state.residents[place].visitStart.later(by: self.contest.leastVisit)
        let gate = max(end, self.contest.oldest)
        var best: (request: RequestIndex, rank: (Double, UInt64))?
        fleet[runner].waiters.forEachHead { head in
            if requests.entries[head].requestClass == .batch, !batchFits { return }
            let service = fleet.service(of: head, in: requests)
            let slack = self.contest.slack(of: head, fleet, on: self.backend, in: requests)
            let isInTime = requests.entries[head].arrived <= gate && service <= self.contest.floor + slack
            guard self.now < end || service < self.contest.floor || isInTime else { return }
            let rank = (service, requests.nodes[head].sequence)
            if let best, best.rank < rank { return }
            best = (head, rank)
        }
        return best.map { ($0.request, .visit) }
    }

    // MARK: - When victims may go

    /// When the visits of all victims of a load are over, at the earliest; `nil` if that depends on something else than time.
    func end<Payload>(for target: LoadTarget, _ fleet: Fleet, in requests: RequestTable<Payload>) -> Instant? {
        var begin = self.now
        for victim in target.victims {
            let isCopied = fleet.copies(of: victim, besides: self.backend) > 0
            let isActive = fleet.isActive(victim, on: self.backend)
            if target.reason == .copy {
                if fleet.isWaitedFor(victim), !isCopied { return nil }
                if isActive { return nil }
                begin = max(begin, victim.visitStart.later(by: target.loadTime))
                continue
            }
            let end = victim.visitStart.later(by: self.contest.leastVisit)
            if fleet.isWaitedFor(victim), !isCopied {
                guard self.hasNext(victim, fleet, in: requests) else { continue }
                return end > self.now ? end : nil
            }
            if isActive {
                begin = max(begin, end)
            } else if self.now < end {
                begin = max(begin, min(end, self.patienceEnd(of: victim, loadTime: target.loadTime, fleet)))
            }
        }
        return begin
    }

    private func hasNext<Payload>(_ victim: Resident, _ fleet: Fleet, in requests: RequestTable<Payload>) -> Bool {
        guard let model = victim.model else { return false }
        return fleet[model].runners.contains {
            fleet[$0].waiters.count > 0 && victim.fits(fleet[$0].options)
                && self.next(of: $0, batchFits: true, fleet, in: requests) != nil
        }
    }

    /// Until when an idle runner is kept because its clients are likely to be back sooner than a swap takes.
    private func patienceEnd(of victim: Resident, loadTime: Int64, _ fleet: Fleet) -> Instant {
        let patience = fleet.policy.patience * Double(loadTime)
        guard patience > 0, let model = victim.model else { return Instant(nanoseconds: .min) }
        var end = Instant(nanoseconds: .min)
        for runner in fleet[model].runners where victim.fits(fleet[runner].options) {
            let demand = fleet[runner].demand
            guard let think = demand.thinkTime, Double(think) < patience else { continue }
            let wait = min(patience, 2 * Double(think) + 200_000_000)
            end = max(end, demand.idleSince.later(by: Int64(wait)))
        }
        return end
    }
}
