// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import PaddockBase
internal import PaddockProxy
internal import PaddockSystem
internal import Synchronization

/// Looks every two seconds what is wrong.
package final class TroubleWatch: Sendable {
    /// Between two looks.
    private static let interval = Duration.seconds(2)
    /// How many lines one look may write to the log.
    private static let maxLines = 10

    private struct State {
        var history = TroubleHistory()
        var board = TroubleBoard()
        var troubles: [Trouble] = []
    }

    private let state = Mutex(State())
    private let sources: TroubleSources

    /// - Parameter sources: where readings are taken.
    init(_ sources: TroubleSources) { self.sources = sources }

    /// What is wrong as of the last look, the worst first.
    var troubles: TroubleList { TroubleList(self.state.withLock { $0.troubles }) }

    /// Looks until the task is cancelled.
    ///
    /// - Parameter logger: is told what begins and ends.
    package func run(_ logger: Logger) async {
        while !Task.isCancelled {
            self.log(self.look(), logger)
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Looks once.
    private func look() -> TroubleBoard.Change {
        let reading = self.sources.read(isSuspicious: self.troubles.list.contains { $0.kind == .unknownModel })
        let now = Instant.now()
        return self.state.withLock { state in
            state.history.add(reading, now: now)
            let findings = TroubleRules.findings(reading, state.history)
            let change = state.board.update(findings, now: now, time: .now())
            state.troubles = state.board.troubles
            return change
        }
    }

    private func log(_ change: TroubleBoard.Change, _ logger: Logger) {
        for trouble in change.begun.prefix(Self.maxLines) {
            logger.log(
                level: trouble.severity == .critical ? .error : .warning,
                "\(trouble.fullText ?? trouble.text)",
                metadata: ["trouble": "\(trouble.kind.rawValue)"]
            )
        }
        let more = change.begun.count - Self.maxLines
        if more > 0 { logger.warning("more is wrong: see paddock status", metadata: ["more": "\(more)"]) }
        for trouble in change.ended.prefix(Self.maxLines) {
            logger.info(
                "a trouble is over",
                metadata: ["trouble": "\(trouble.kind.rawValue)", "about": "\(trouble.subject.name)"]
            )
        }
    }
}
