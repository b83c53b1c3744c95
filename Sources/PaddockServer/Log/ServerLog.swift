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
    /// The access log.
    package let access: AccessLog

    private let messages: LineWriter<[UInt8]>
    private let watch: LogWatch

    /// - Parameters:
    ///   - configuration: the formats, the level and which lines there are, to begin with.
    ///   - eventLoops: how many there are.
    ///   - backends: the URLs of the backends.
    package init(_ configuration: Configuration, eventLoops: Int, backends: BackendNames) {
        // If messages are lost, there is nowhere to report it.
        let messages = LineWriter<[UInt8]>(
            LineOutput(.error) { _ in },
            limits: LineLimits(batchEntries: 64, laneEntries: 1_024)
        ) { { line, message in message.withUnsafeBytes { line.append($0) } } }
        let level = LogLevelSetting(configuration.logLevel)
        let logger = Logger(label: "paddock") { _ in LineLogHandler(messages, setting: level) }
        let output = LineOutput(.output) { loss in
            logger.warning(
                "lines of the access log were lost",
                metadata: ["lines": "\(loss.lines)", "reason": "\(loss.reason)"]
            )
        }
        self.logger = logger
        self.level = level
        self.access = AccessLog(
            output,
            lanes: eventLoops,
            configuration,
            backends: backends
        )
        self.messages = messages
        self.watch = LogWatch(self.access)
        self.watch.start()
    }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take; the reader may have stopped.
    package func flush(within limit: Duration) async {
        await self.access.flush(within: limit)
        await self.messages.flush(within: limit)
    }
}
