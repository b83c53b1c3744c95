// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Which model is next on backends whose slots all models share (contract section 11).
///
/// Within a model ``WaiterQueue`` says who is next. Between models that goes first whose next client holds the fewest slots of such
/// backends for its weight, and of equals the one whose next request arrived first. So a client with many requests waits
/// behind those that have none with a slot, whatever models they name, and nobody waits for ever: the oldest of all is behind
/// its own requests alone. A model with interactive waiters counts as interactive, any other as batch, which earns a share
/// of what interactive requests are charged on such backends while it waits, as within a model.
///
/// A change is O(log models). Empty, and never asked, if no backend has such slots.
struct SharedTurns {
    /// How many models are compared; beyond them the first that can start will do.
    private static let sample = 64

    /// Runners with waiters, by the arrival of their next request.
    private var runners = ByClass(
        interactive: IndexedHeap<RunnerIndex, UInt64>(),
        batch: IndexedHeap<RunnerIndex, UInt64>()
    )
    /// Slots of such backends that each client holds, over all models.
    private var held: [String: Int] = [:]
    private var credit = BatchCredit()

    /// Notes which request of a runner is next, in the order of arrival, and its class; `nil` if none waits.
    mutating func set(_ runner: RunnerIndex, next: (requestClass: RequestClass, sequence: UInt64)?) {
        if next?.requestClass == .batch, self.runners.batch.count == 0 { self.credit = BatchCredit() }
        for requestClass in RequestClass.allCases {
            if let next, next.requestClass == requestClass {
                self.runners[requestClass].set(runner, next.sequence)
            } else {
                self.runners[requestClass].remove(runner)
            }
        }
    }

    /// A request has got a slot of such a backend.
    ///
    /// - Parameters:
    ///   - client: The name of its client.
    ///   - requestClass: Its class.
    ///   - charge: What it is charged, in nanoseconds; nothing for batch that its own model has earned.
    ///   - batchShare: What batch earns of that.
    mutating func started(_ client: String, _ requestClass: RequestClass, charge: Double, batchShare: Double) {
        self.held[client, default: 0] += 1
        switch requestClass {
        case .interactive: if self.runners.batch.count > 0 { self.credit.earn(charge * batchShare) }
        case .batch:
            guard charge > 0 else { return }
            self.credit.limit(typical: charge)
            _ = self.credit.pay(charge)
        }
    }

    /// A request has given such a slot back.
    mutating func ended(_ client: String) {
        guard let count = self.held[client] else { return }
        self.held[client] = count > 1 ? count - 1 : nil
    }

    /// How many slots of such backends a client holds for its weight.
    func holding(of client: Client) -> Double { Double(self.held[client.name] ?? 0) / client.weight }

    /// The model that is next.
    ///
    /// - Parameters:
    ///   - typical: What a request of a model is charged when it starts.
    ///   - rank: What the client of a model's next request holds; `nil` if no backend has room for that request.
    /// - Returns: `nil` if nobody that waits could start.
    func next(typical: (RunnerIndex) -> Int64, rank: (RunnerIndex) -> Double?) -> RunnerIndex? {
        let interactive = self.first(of: .interactive, rank: rank)
        guard let batch = self.first(of: .batch, rank: rank) else { return interactive }
        guard let interactive else { return batch }
        return self.credit.missing(for: Double(typical(batch))) <= 0 ? batch : interactive
    }

    private func first(of requestClass: RequestClass, rank: (RunnerIndex) -> Double?) -> RunnerIndex? {
        let heap = self.runners[requestClass]
        var best: (runner: RunnerIndex, rank: Double, sequence: UInt64)?
        for position in 0..<heap.count {
            if position >= Self.sample, best != nil { break }
            let runner = heap[position]
            guard let rank = rank(runner) else { continue }
            let sequence = heap.key(at: position)
            if let other = best, (other.rank, other.sequence) < (rank, sequence) { continue }
            best = (runner, rank, sequence)
        }
        return best?.runner
    }
}
