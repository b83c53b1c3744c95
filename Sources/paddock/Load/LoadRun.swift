// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockClient
import Synchronization

/// Sends what a plan says and tallies the answers.
final class LoadRun: Sendable {
    private struct State {
        var tally = LoadTally()
        var sent = 0
        var outstanding = 0
    }

    let plan: LoadPlan
    private let connections: LoadConnections
    private let state = Mutex(State())

    init(_ plan: LoadPlan) {
        self.plan = plan
        self.connections = LoadConnections(url: plan.url)
    }

    /// What has been measured so far, and how many requests have not ended.
    var progress: (tally: LoadTally, outstanding: Int) {
        self.state.withLock { ($0.tally, $0.outstanding) }
    }

    /// Connects once, so that a wrong address is told before anything is measured.
    func connect() async throws(HTTPFailure) {
        self.connections.giveBack(try await self.connections.take(patience: nil))
    }

    /// Sends until the plan is done and all that was sent has ended, or the task is cancelled.
    func run() async {
        let start = ContinuousClock.now
        let end = self.plan.duration.map { start + $0 }
        switch self.plan.pace {
        case .closed(let concurrency):
            await self.runClosed(concurrency, until: end)
        case .open(let rate, let limit):
            await self.runOpen(PoissonArrivals(rate: rate, seed: self.plan.seed), limit: limit, from: start, until: end)
        }
        self.connections.closeAll()
    }

    private func runClosed(_ concurrency: Int, until end: ContinuousClock.Instant?) async {
        // Without an end it is the number of requests that ends the run.
        let patience = end ?? .now + .seconds(365 * 86_400)
        await withDiscardingTaskGroup { group in
            for _ in 0..<concurrency {
                group.addTask {
                    while end.map({ ContinuousClock.now < $0 }) ?? true, let number = self.claim() {
                        await self.send(number, due: .now, patience: patience, until: end)
                    }
                }
            }
        }
    }

    private func runOpen(
        _ arrivals: PoissonArrivals,
        limit: Int,
        from start: ContinuousClock.Instant,
        until end: ContinuousClock.Instant?
    ) async {
        var arrivals = arrivals
        await withDiscardingTaskGroup { group in
            while true {
                let due = start + arrivals.next()
                if let end, due >= end { break }
                if due > .now { try? await Task.sleep(until: due, clock: .continuous) }
                guard let number = self.claim() else { break }
                if self.progressIsFull(limit) { continue }
                group.addTask { await self.send(number, due: due, patience: nil, until: end) }
            }
        }
    }

    // MARK: - One request

    /// The number of the next request, or `nil` where there is none; counts it as outstanding.
    private func claim() -> Int? {
        if Task.isCancelled { return nil }
        return self.state.withLock { state in
            if let requests = self.plan.requests, state.sent >= requests { return nil }
            state.sent += 1
            state.outstanding += 1
            return state.sent - 1
        }
    }

    /// Whether the request claimed last is one too many; it is then counted as not sent.
    private func progressIsFull(_ limit: Int) -> Bool {
        self.state.withLock { state in
            guard state.outstanding > limit else { return false }
            state.outstanding -= 1
            state.tally.addUnsent()
            return true
        }
    }

    /// Sends a request, again where that was asked for, and tallies what becomes of it.
    ///
    /// - Parameters:
    ///   - number: Its number.
    ///   - due: When it was to be sent; its times count from then.
    ///   - patience: Until when to wait for a server that is away; `nil` to fail at once.
    ///   - end: When nothing is sent again any more.
    private func send(
        _ number: Int,
        due: ContinuousClock.Instant,
        patience: ContinuousClock.Instant?,
        until end: ContinuousClock.Instant?
    ) async {
        let request = self.plan.request(number)
        var retries = self.plan.retries
        while true {
            let answer = await self.answer(to: request, due: due, patience: patience)
            let again = answer.reader.retryAfter.map { ContinuousClock.now + .seconds($0) }
            guard retries > 0, answer.reader.status == 503, let again, end.map({ again < $0 }) ?? true else {
                return self.state.withLock { state in
                    state.outstanding -= 1
                    state.tally.add(answer)
                }
            }
            retries -= 1
            self.state.withLock { $0.tally.addRetried(answer) }
            try? await Task.sleep(until: again, clock: .continuous)
        }
    }

    private func answer(
        to request: LoadRequest,
        due: ContinuousClock.Instant,
        patience: ContinuousClock.Instant?
    ) async -> LoadAnswer {
        let answer: HTTPAnswer<LoadReader>
        var sent = ContinuousClock.now
        do throws(HTTPFailure) {
            let connection = try await self.connections.take(patience: patience)
            sent = .now
            answer = await connection.send(request.request, reader: LoadReader(), timeout: self.plan.timeout)
            if answer.failure == nil { self.connections.giveBack(connection) }
        } catch {
            answer = HTTPAnswer(reader: LoadReader(), failure: error)
        }
        return LoadAnswer(
            model: request.model,
            client: request.client,
            reader: answer.reader,
            failure: answer.failure,
            delay: max(.zero, sent - due)
        )
    }
}
