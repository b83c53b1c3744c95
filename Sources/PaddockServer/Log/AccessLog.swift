// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockConfiguration
package import PaddockProxy
internal import Synchronization

/// The access log: one line for each request that has ended (contract section 19).
package final class AccessLog: ExchangeObserver {
    private let writer: LineWriter
    /// The URLs of the backends, as they stand in a line of either format.
    private let backends: [[UInt8]]
    private let format: Atomic<Int>

    /// - Parameters:
    ///   - writer: where the lines go; a lane for each event loop.
    ///   - format: how they look, or none.
    ///   - backends: the URLs of the backends.
    package init(_ writer: LineWriter, format: AccessLogFormat, backends: [String]) {
        self.writer = writer
        self.backends = backends.map { Array($0.utf8) }
        self.format = Atomic(Self.number(format))
    }

    /// Changes how the lines look from now on.
    package func setFormat(_ format: AccessLogFormat) {
        self.format.store(Self.number(format), ordering: .relaxed)
    }

    package func ended(_ record: ExchangeRecord, onLoop loop: Int) {
        let format = AccessLogFormat.allCases[self.format.load(ordering: .relaxed)]
        guard format != .off else { return }
        let time = WallClock.nanosecondsSince1970()
        let backend = record.backend.map { self.backends[$0] }
        self.writer.append(lane: loop) { line in
            if format == .json {
                AccessLine.writeJSON(&line, record, time: time, backend: backend)
            } else {
                AccessLine.writeText(&line, record, time: time, backend: backend)
            }
        }
    }

    private static func number(_ format: AccessLogFormat) -> Int {
        AccessLogFormat.allCases.firstIndex(of: format) ?? 0
    }
}
