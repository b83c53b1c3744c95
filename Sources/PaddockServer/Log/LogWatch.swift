// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Logging
internal import Synchronization

/// Looks after the logs every two seconds: writes the lines of bursts that are due, and tells of lines that were lost.
///
/// It has a thread of its own, as the one that writes hangs while nobody reads.
final class LogWatch: Sendable {
    private static let interval = DispatchTimeInterval.seconds(2)

    private let log: LogWriters
    private let logger: Logger
    private let queue = DispatchQueue(label: "paddock-log-watch")

    /// - Parameters:
    ///   - log: what writes lines.
    ///   - logger: is told of lines that were lost.
    init(_ log: LogWriters, _ logger: Logger) {
        self.log = log
        self.logger = logger
    }

    /// Begins to look, until the watch is released.
    func start() { self.look(told: 0) }

    /// - Parameter told: how many lost lines have been told of.
    private func look(told: Int) {
        self.queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            guard let self else { return }
            self.log.access.writeRefusals()
            let lost = self.log.lostLines
            if lost > told {
                self.logger.warning(
                    "lines of the log were lost",
                    metadata: [
                        "lines": "\(lost - told)", "since_start": "\(lost)", "reason": "\(self.log.reason.text)",
                    ]
                )
            }
            self.look(told: lost)
        }
    }
}
