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
    private let backends: [String]
    private let format: Atomic<Int>

    /// - Parameters:
    ///   - writer: where the lines go; a lane for each event loop.
    ///   - format: how they look, or none.
    ///   - backends: the URLs of the backends.
    package init(_ writer: LineWriter, format: AccessLogFormat, backends: [String]) {
        self.writer = writer
        self.backends = backends
        self.format = Atomic(Self.number(format))
    }

    /// Changes how the lines look from now on.
    package func setFormat(_ format: AccessLogFormat) {
        self.format.store(Self.number(format), ordering: .relaxed)
    }

    package func ended(_ record: ExchangeRecord, onLoop loop: Int) {
        let format = AccessLogFormat.allCases[self.format.load(ordering: .relaxed)]
        guard format != .off else { return }
        let line = AccessLine(
            record,
            time: WallClock.nanosecondsSince1970(),
            backend: record.backend.map { self.backends[$0] }
        )
        self.writer.append(lane: loop) { buffer in
            if format == .json { line.writeJSON(&buffer) } else { line.writeText(&buffer) }
        }
    }

    private static func number(_ format: AccessLogFormat) -> Int {
        AccessLogFormat.allCases.firstIndex(of: format) ?? 0
    }
}
