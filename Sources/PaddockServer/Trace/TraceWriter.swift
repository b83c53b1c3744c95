// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import PaddockAdmission
internal import PaddockProxy

/// Writes a trace: one line for each request that reached a queue, when it has ended (contract section 15).
final class TraceWriter: ExchangeObserver {
    private let writer: LineWriter
    private let backends: [String]

    /// Opens the file, which is made where it is not there, and appended to where it is.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - eventLoops: how many event loops there are.
    ///   - backends: the URLs of the backends.
    ///   - logger: told of lines that were lost.
    /// - Throws: where the file cannot be opened.
    init(path: String, eventLoops: Int, backends: [String], logger: Logger) throws(FileError) {
        self.writer = try LineWriter(path: path, lanes: eventLoops) { loss in
            logger.warning(
                "lines of the trace were lost",
                metadata: ["lines": "\(loss.lines)", "reason": "\(loss.reason)"]
            )
        }
        self.backends = backends
    }

    func ended(_ record: ExchangeRecord, onLoop loop: Int) {
        let offset = WallClock.nanosecondsSince1970() - Instant.now().nanoseconds
        guard let line = TraceLine(record, offset: offset, backend: record.backend.map({ self.backends[$0] })) else {
            return
        }
        self.writer.append(lane: loop) { line.write(&$0) }
    }

    /// Closes the file and opens it again by its name, so that it can be moved away.
    ///
    /// - Parameter failed: called where it cannot be opened; the old one stays open then.
    func reopen(failed: @escaping @Sendable (FileError) -> Void) { self.writer.reopen(failed: failed) }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take.
    func flush(within limit: Duration) async { await self.writer.flush(within: limit) }
}
