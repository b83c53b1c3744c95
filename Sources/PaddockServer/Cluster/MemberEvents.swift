// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockCluster
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy
internal import Synchronization

/// The events of the other members of a cluster, as long as somebody follows events here: asked for once in a second, once for all who follow.
final class MemberEvents: Sendable {
    /// An event of another member.
    struct Event: Sendable {
        let number: Int
        /// Milliseconds since 1970.
        let time: Int
        let value: JSONObject
    }

    /// What is known of a member.
    private struct Known {
        var newest = 0
        var events: [Event] = []
        /// When it answered last.
        var answered = Instant.now()
    }

    private struct State {
        var members: [String: Known] = [:]
        var isAsking = false
        /// After how many rounds in a row nobody has followed.
        var idleRounds = 0
        /// The round in which all are asked now, and the one that begins behind it. One at a time, as an answer that is older than another one
        /// would look as if a member counted anew.
        var round: Task<Void, Never>?
        var nextRound: Task<Void, Never>?
    }

    /// What members ask each other.
    static let route = "/cluster/events"
    private static let pause = Duration.seconds(1)
    private static let maxIdleRounds = 5
    /// How much of an answer its events may be, in bytes.
    private static let maxBytes = 3 << 19

    private let cluster: ClusterService
    private let members: ClusterMembers
    private let log: EventLog
    private let state = Mutex(State())

    init(_ cluster: ClusterService, _ members: ClusterMembers, _ log: EventLog) {
        (self.cluster, self.members, self.log) = (cluster, members, log)
    }

    /// The name of this member.
    var name: String { self.cluster.settings.name }

    /// Asks all members now, and goes on as long as somebody follows.
    func begin() async {
        let isFirst = self.state.withLock { state -> Bool in
            defer { state.isAsking = true }
            // Who begins does not follow at once.
            state.idleRounds = 0
            return !state.isAsking
        }
        if isFirst { Task { await self.goOn() } }
        await self.ask()
    }

    private func goOn() async {
        var goesOn = true
        while goesOn {
            try? await Task.sleep(for: Self.pause)
            await self.ask()
            goesOn = self.state.withLock { state -> Bool in
                state.idleRounds = self.log.isFollowed ? 0 : state.idleRounds + 1
                state.isAsking = state.idleRounds < Self.maxIdleRounds
                return state.isAsking
            }
        }
    }

    /// Asks all from now on, not before.
    private func ask() async {
        let round = self.state.withLock { state -> Task<Void, Never> in
            if let next = state.nextRound { return next }
            let before = state.round
            let next = Task {
                await before?.value
                self.state.withLock { ($0.round, $0.nextRound) = ($0.nextRound, nil) }
                await self.askAll()
            }
            state.nextRound = next
            return next
        }
        await round.value
    }

    private func askAll() async {
        let others = self.cluster.reading?.members.dropFirst() ?? []
        let known = self.state.withLock { state -> [String: Int] in
            // Of one that is gone a client may ask later what happened there at last.
            if state.members.count > 64 {
                state.members = state.members.filter { name, _ in others.contains { $0.name == name } }
            }
            return state.members.mapValues(\.newest)
        }
        await withTaskGroup(of: Void.self) { group in
            for member in others {
                group.addTask {
                    var request = OwnRequest(method: "GET", path: Self.route)
                    request.query = known[member.name].map { "after=\($0)" }
                    let question = MemberQuestion(.own, Self.route, request)
                    guard let answer = await self.members.askInTurn(question, of: member.id), answer.status == 200,
                        let value = try? JSONValue(parsing: answer.body)
                    else { return }
                    // Whoever waits for the others waits for no one else.
                    if self.note(value, of: member.name) { self.log.wakeFollowers() }
                }
            }
        }
    }

    /// - Returns: whether there is news.
    private func note(_ answer: JSONValue, of name: String) -> Bool {
        guard let newest = answer["newest"]?.integer else { return false }
        let events = (answer["events"]?.array ?? []).compactMap { event -> Event? in
            guard var value = event.object, let number = event["number"]?.integer,
                let time = event["time"]?.string.flatMap({ UnixTime.nanoseconds(rfc3339: $0) })
            else { return nil }
            value.append("gateway", .string(name))
            return Event(number: number, time: Int(time / 1_000_000), value: value)
        }
        return self.state.withLock { state in
            var known = state.members[name] ?? Known()
            // It counts anew.
            if newest < known.newest { known.events = [] }
            (known.newest, known.answered) = (newest, .now())
            let last = known.events.last?.number ?? 0
            known.events += events.filter { $0.number > last }
            known.newest = max(known.newest, known.events.last?.number ?? 0)
            if known.events.count > EventLog.kept { known.events.removeFirst(known.events.count - EventLog.kept) }
            state.members[name] = known
            return !events.isEmpty
        }
    }

    /// The number of the last event of each other member, as far as they have answered.
    var newest: [String: Int] { self.state.withLock { $0.members.mapValues(\.newest) } }

    /// What a client does not have yet.
    ///
    /// - Parameters:
    ///   - cursor: how far it has come.
    ///   - start: when it came. What a member said before may be older than what the client knows.
    func news(_ cursor: EventCursor, since start: Instant) -> [(gateway: String, event: Event)] {
        self.state.withLock { state in
            state.members.sorted { $0.key < $1.key }.flatMap { name, known in
                let behind = cursor.start(of: name, newest: known.answered < start ? .max : known.newest)
                return known.events.filter { behind.isBefore($0.number, time: $0.time) }
                    .map { (gateway: name, event: $0) }
            }
        }
    }

    /// What this member answers to others: its events behind one, the oldest first, as far as they fit.
    ///
    /// - Parameter last: the number of that one; nil for all that are kept.
    static func answer(_ log: EventLog, after last: Int?) -> JSONText {
        let (entries, newest) = (log.entries, log.newest)
        let start = last.map { $0 > newest ? 0 : $0 } ?? 0
        var room = Self.maxBytes
        var shown: [JSONText] = []
        // The last ones, if not all fit.
        for entry in entries.reversed() where entry.number > start {
            let text = entry.json(isWhole: true)
            room -= text.bytes.count
            if room < 0 { break }
            shown.append(text)
        }
        return .object { json in
            json.member("newest", max(newest, entries.last?.number ?? 0))
            json.member("events", Array(shown.reversed()))
        }
    }
}
