// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import PaddockBase
internal import PaddockProxy
internal import Synchronization

/// Looks every two seconds what is wrong.
package final class TroubleWatch: Sendable {
    /// Between two looks, in seconds.
    private static let interval = 2
    /// Clients are looked at in each of so many looks: their list takes milliseconds.
    private static let looksPerClients = 2
    /// The least time between two events that begin with the same trouble of the same backend.
    private static let leastBetweenEvents = Nanoseconds.seconds(300)
    /// How many lines one look may write to the log.
    private static let maxLines = 3

    private struct State {
        var history = TroubleHistory()
        var usual = UsualFirstBytes()
        var board = TroubleBoard()
        var troubles: [Trouble] = []
        var looks = 0
        var clients: [TroubleReading.Client] = []
        var refusedByClient: [String: Int] = [:]
        /// When a trouble was an event last, by its kind and its backend.
        var noted: [String: Instant] = [:]
        /// Those of which the beginning was an event, and the end is not yet.
        var open: Set<String> = []
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
            let change = self.look(await self.sources.connections.read())
            self.log(change, logger)
            self.note(change)
            try? await Task.sleep(for: .seconds(Self.interval))
        }
    }

    /// Looks once.
    ///
    /// - Parameter survey: what the connections do.
    private func look(_ survey: ConnectionSurvey) -> TroubleBoard.Change {
        let (troubles, looks, clients, before) = self.state.withLock {
            ($0.troubles, $0.looks, $0.clients, $0.refusedByClient)
        }
        var reading = self.sources.read(isSuspicious: troubles.contains { $0.kind == .unknownModel })
        let (models, now) = (reading.models, Instant.now())
        reading.models = self.state.withLock { $0.usual.completed(models, now: now) }
        self.sources.readLive(survey, into: &reading)
        var refused = before
        reading.clients = clients
        if looks % Self.looksPerClients == 0 {
            reading.clients = self.sources.readClients(since: &refused, seconds: Self.interval * Self.looksPerClients)
        }
        let (taken, refusedByClient) = (reading, refused)
        return self.state.withLock { state in
            state.looks += 1
            (state.clients, state.refusedByClient) = (taken.clients, refusedByClient)
            state.history.add(taken, now: now)
            let findings = TroubleRules.findings(taken, state.history)
            let change = state.board.update(findings, now: now, time: .now())
            state.troubles = state.board.troubles
            return change
        }
    }

    /// Notes what begins and ends with backends. A backend that is sick now and then is one event in five minutes.
    private func note(_ change: TroubleBoard.Change) {
        let now = Instant.now()
        for trouble in change.begun {
            guard let event = trouble.beginning else { continue }
            let key = Self.key(trouble)
            let isDue = self.state.withLock { state in
                if let last = state.noted[key], now - last < Self.leastBetweenEvents { return false }
                state.noted[key] = now
                state.open.insert(key)
                return true
            }
            if isDue { self.sources.events.note(event) }
        }
        for trouble in change.ended {
            // An end without a beginning would say nothing.
            guard let event = trouble.end, self.state.withLock({ $0.open.remove(Self.key(trouble)) }) != nil else {
                continue
            }
            self.sources.events.note(event)
        }
    }

    private static func key(_ trouble: Trouble) -> String { trouble.kind.rawValue + trouble.subject.name }

    private func log(_ change: TroubleBoard.Change, _ logger: Logger) {
        // Events have a line of their own.
        let begun = change.begun.filter { !$0.kind.isEvent }
        for trouble in begun.prefix(Self.maxLines) {
            logger.log(
                level: trouble.severity == .critical ? .error : .warning,
                "\(trouble.fullText ?? trouble.text)",
                metadata: ["trouble": "\(trouble.kind.rawValue)"]
            )
        }
        let more = begun.count - Self.maxLines
        if more > 0 { logger.warning("more is wrong: see paddock status", metadata: ["more": "\(more)"]) }
        for trouble in change.ended.filter({ !$0.kind.isEvent }).prefix(Self.maxLines) {
            logger.info(
                "a trouble is over",
                metadata: ["trouble": "\(trouble.kind.rawValue)", "about": "\(trouble.subject.name)"]
            )
        }
    }
}
