// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import PaddockBase
package import PaddockConfiguration
internal import PaddockLog
internal import PaddockProxy

/// What the process writes while it runs: its messages to standard error, the access log to standard output.
package struct ServerLog: Sendable {
    /// The process's own messages.
    package let logger: Logger
    /// Their level.
    package let level: LogLevelSetting

    private let writers: LogWriters
    private let watch: LogWatch

    /// - Parameters:
    ///   - configuration: the formats, the level and which lines there are, to begin with.
    ///   - eventLoops: how many there are.
    ///   - backends: the URLs of the backends.
    package init(_ configuration: Configuration, eventLoops: Int, backends: BackendNames) {
        // The watch tells of losses.
        let messages = LineWriter<[UInt8]>(
            LineOutput(.error) { _ in },
            limits: LineLimits(batchEntries: 64, laneEntries: 1_024)
        ) { { line, message in message.withUnsafeBytes { line.append($0) } } }
        let level = LogLevelSetting(configuration.logLevel)
        let logger = Logger(label: "paddock") { _ in LineLogHandler(messages, setting: level) }
        let reason = LogWriters.LossReason()
        let output = LineOutput(.output) { loss in reason.note(loss.reason) }
        let access = AccessLog(output, lanes: eventLoops, configuration, backends: backends)
        self.logger = logger
        self.level = level
        self.writers = LogWriters(access: access, messages: messages, reason: reason)
        self.watch = LogWatch(self.writers, logger)
        self.watch.start()
    }

    /// The access log.
    package var access: AccessLog { self.writers.access }

    /// How many lines of both logs were lost since the start: there was no room for them, or they could not be written.
    package var lostLines: Int { self.writers.lostLines }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take; the reader may have stopped.
    package func flush(within limit: Duration) async {
        await self.access.flush(within: limit)
        await self.writers.messages.flush(within: limit)
    }
}
