// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockLog
internal import PaddockProxy
internal import PaddockReplay
internal import PaddockSystem

/// Writes a trace: one line for each request that reached a queue, when it has ended (contract section 15).
final class TraceWriter: ExchangeObserver {
    private let writer: LineWriter<SharedRecord>

    /// Opens the file, which is made if it is not there, and appended to if it is.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - eventLoops: how many event loops there are.
    ///   - backends: the URLs of the backends.
    ///   - logger: gets a message if lines were lost.
    /// - Throws: if the file cannot be opened.
    init(path: String, eventLoops: Int, backends: BackendNames, logger: Logger) throws(FileError) {
        let output = try LineOutput(path: path) { loss in
            logger.warning(
                "lines of the trace were lost",
                metadata: ["lines": "\(loss.lines)", "reason": "\(loss.reason)"]
            )
        }
        self.writer = LineWriter(output, lanes: eventLoops) {
            let offset = Instant.offsetSince1970()
            return { line, shared in
                let backend = shared.record.backend.map { backends[$0] }
                TraceEntry(shared.record, offset: offset, backend: backend).write(to: &line)
            }
        }
    }

    func ended(_ record: SharedRecord, onLoop loop: Int) {
        if record.record.isTraced { self.writer.append(record, lane: loop) }
    }

    /// Closes the file and opens it again by its name, so that it can be moved away.
    ///
    /// - Parameter failed: called if it cannot be opened; the old one stays open then.
    func reopen(failed: @escaping @Sendable (FileError) -> Void) { self.writer.reopen(failed: failed) }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take.
    func flush(within limit: Duration) async { await self.writer.flush(within: limit) }
}
