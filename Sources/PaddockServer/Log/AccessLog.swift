// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockConfiguration
package import PaddockProxy
internal import Synchronization

/// The access log: one line for each request that has ended (contract section 19).
package final class AccessLog: ExchangeObserver {
    private struct Entry: Sendable {
        let record: SharedRecord
        let format: AccessLogFormat
    }

    private let writer: LineWriter<Entry>
    private let format: Atomic<Int>

    /// - Parameters:
    ///   - output: where the lines go.
    ///   - lanes: how many event loops there are.
    ///   - format: how the lines look, or none.
    ///   - backends: the URLs of the backends.
    init(_ output: consuming sending LineOutput, lanes: Int, format: AccessLogFormat, backends: [String]) {
        // As they stand in a line of either format.
        let backends = backends.map { Array($0.utf8) }
        self.writer = LineWriter(output, lanes: lanes) {
            let offset = Instant.offsetSince1970()
            var clock = LineClock()
            return { line, entry in
                let shared = entry.record
                let time = shared.record.ended.nanoseconds + offset
                let backend = shared.record.backend.map { backends[$0] }
                if entry.format == .json {
                    AccessLine.writeJSON(&line, shared.record, time: time, clock: &clock, backend: backend)
                } else {
                    AccessLine.writeText(&line, shared.record, time: time, clock: &clock, backend: backend)
                }
            }
        }
        self.format = Atomic(Self.number(format))
    }

    /// Changes how the lines look from now on.
    package func setFormat(_ format: AccessLogFormat) {
        self.format.store(Self.number(format), ordering: .relaxed)
    }

    /// Adds the line of a request, which another thread writes.
    package func ended(_ record: SharedRecord, onLoop loop: Int) {
        let format = AccessLogFormat.allCases[self.format.load(ordering: .relaxed)]
        guard format != .off else { return }
        self.writer.append(Entry(record: record, format: format), lane: loop)
    }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take; whoever reads may have stopped.
    func flush(within limit: Duration) async { await self.writer.flush(within: limit) }

    private static func number(_ format: AccessLogFormat) -> Int {
        AccessLogFormat.allCases.firstIndex(of: format) ?? 0
    }
}
