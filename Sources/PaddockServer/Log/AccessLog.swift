// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
package import PaddockConfiguration
internal import PaddockLog
package import PaddockProxy
internal import Synchronization

/// The access log: one line for each request that has ended, or for a burst of refusals (contract section 19).
package final class AccessLog: ExchangeObserver {
    private enum Entry: Sendable {
        case request(SharedRecord, isJSON: Bool)
        case refusals(RefusalSum, isJSON: Bool)
    }

    private let writer: LineWriter<Entry>
    private let isOn: Atomic<Bool>
    private let isJSON: Atomic<Bool>
    private let writesEachRefusal: Atomic<Bool>
    private let bursts = Mutex(RefusalBursts())

    /// - Parameters:
    ///   - output: where the lines go.
    ///   - lanes: how many event loops there are.
    ///   - configuration: how the lines look, or none, and which there are for refusals.
    ///   - backends: the URLs of the backends.
    init(_ output: consuming sending LineOutput, lanes: Int, _ configuration: Configuration, backends: BackendNames) {
        self.writer = LineWriter(output, lanes: lanes) {
            var lines = AccessLineWriter(backends: backends, offset: Instant.offsetSince1970())
            return { line, entry in
                switch entry {
                case .request(let record, let isJSON): lines.write(&line, record, isJSON: isJSON)
                case .refusals(let sum, let isJSON): lines.write(&line, sum, isJSON: isJSON)
                }
            }
        }
        self.isOn = Atomic(configuration.accessLog != .off)
        self.isJSON = Atomic(configuration.accessLog == .json)
        self.writesEachRefusal = Atomic(configuration.refusalLines == .each)
    }

    /// Changes how the lines look, and which there are, from now on.
    package func configure(_ configuration: Configuration) {
        self.isJSON.store(configuration.accessLog == .json, ordering: .relaxed)
        self.writesEachRefusal.store(configuration.refusalLines == .each, ordering: .relaxed)
        self.isOn.store(configuration.accessLog != .off, ordering: .relaxed)
    }

    /// Adds the line of a request, which another thread writes. A refusal may only be counted.
    package func ended(_ record: SharedRecord, onLoop loop: Int) {
        guard self.isOn.load(ordering: .relaxed) else { return }
        if record.isRefusal, !self.writesEachRefusal.load(ordering: .relaxed), let code = record.record.code {
            let now = record.record.ended
            guard self.bursts.withLock({ $0.add(record, code: code, now: now) }) else { return }
        }
        self.writer.append(.request(record, isJSON: self.isJSON.load(ordering: .relaxed)), lane: loop)
    }

    /// Adds the lines of bursts that are due.
    func writeRefusals() { self.write(self.bursts.withLock { $0.due(now: .now()) }) }

    private func write(_ sums: [RefusalSum]) {
        guard self.isOn.load(ordering: .relaxed) else { return }
        let isJSON = self.isJSON.load(ordering: .relaxed)
        for sum in sums { self.writer.append(.refusals(sum, isJSON: isJSON)) }
    }

    /// How many lines were lost since the start.
    var lostLines: Int { self.writer.lostLines }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take; the reader may have stopped.
    func flush(within limit: Duration) async {
        self.write(self.bursts.withLock { $0.end() })
        await self.writer.flush(within: limit)
    }
}
