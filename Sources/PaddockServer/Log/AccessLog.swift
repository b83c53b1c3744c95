// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
package import PaddockConfiguration
internal import PaddockLog
package import PaddockProxy
internal import Synchronization

/// The access log: one line for each request that has ended (contract section 19).
package final class AccessLog: ExchangeObserver {
    private struct Entry: Sendable {
        let record: SharedRecord
        let isJSON: Bool
    }

    private let writer: LineWriter<Entry>
    private let isOn: Atomic<Bool>
    private let isJSON: Atomic<Bool>

    /// - Parameters:
    ///   - output: where the lines go.
    ///   - lanes: how many event loops there are.
    ///   - format: how the lines look, or none.
    ///   - backends: the URLs of the backends.
    init(_ output: consuming sending LineOutput, lanes: Int, format: AccessLogFormat, backends: BackendNames) {
        self.writer = LineWriter(output, lanes: lanes) {
            var lines = AccessLineWriter(backends: backends, offset: Instant.offsetSince1970())
            return { lines.write(&$0, $1.record, isJSON: $1.isJSON) }
        }
        self.isOn = Atomic(format != .off)
        self.isJSON = Atomic(format == .json)
    }

    /// Changes how the lines look from now on.
    package func setFormat(_ format: AccessLogFormat) {
        self.isJSON.store(format == .json, ordering: .relaxed)
        self.isOn.store(format != .off, ordering: .relaxed)
    }

    /// Adds the line of a request, which another thread writes.
    package func ended(_ record: SharedRecord, onLoop loop: Int) {
        guard self.isOn.load(ordering: .relaxed) else { return }
        self.writer.append(Entry(record: record, isJSON: self.isJSON.load(ordering: .relaxed)), lane: loop)
    }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take; the reader may have stopped.
    func flush(within limit: Duration) async { await self.writer.flush(within: limit) }
}
