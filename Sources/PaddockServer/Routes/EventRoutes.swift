// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockSystem

/// `/queue/events` (contract section 24).
struct EventRoutes: Sendable {
    private static let limits = 1...EventLog.kept
    static let defaultLimit = 100

    private let events: EventLog
    /// Those of the other members of a cluster.
    private let others: MemberEvents?

    init(_ services: GatewayServices) {
        self.events = services.events
        self.others = services.cluster.flatMap { cluster in
            services.members.map { MemberEvents(cluster, $0, services.events) }
        }
    }

    /// The events of this member, for another one.
    func listForMembers(_ request: OwnRequest) -> OwnAnswer {
        .json(MemberEvents.answer(self.events, after: request.queryText("after").flatMap { Int($0) }))
    }

    /// What happened, the last event first: to viewers all of it, to others when something happened, and to which model.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let filter = try EventFilter(request)
        if filter.isFollowing { return self.follow(request, filter) }
        let newest = self.events.newest
        let entries = self.events.entries.reversed().lazy.filter(filter.contains).prefix(filter.limit)
        return .json(
            .object { json in
                json.member("last", String(newest))
                json.array("events") { json in
                    for entry in entries {
                        json.value(entry.json(isWhole: request.role >= .viewer))
                    }
                }
            }
        )
    }

    /// The events from now on, or after the last one that the client has.
    private func follow(_ request: OwnRequest, _ filter: EventFilter) -> OwnAnswer {
        let last = request.lastEventID.flatMap { Int($0) }.map { max(0, $0) } ?? filter.after
        let isWhole = request.role >= .viewer
        var filter = filter
        // It may be the number of an event of the process before.
        filter.after = nil
        let wants = filter
        guard let others = self.others, request.queryText("scope") != ClusterMembers.ownScope else {
            let cursor = EventCursor(number: last ?? self.events.newest)
            return .now(
                self.stream(from: cursor, isWhole: isWhole) { [events] cursor in
                    Self.news(of: events, cursor, wants, isWhole: isWhole)
                }
            )
        }
        let cursor = request.lastEventID.flatMap { EventCursor($0) } ?? filter.cursor
        return .later { responder in
            Task { [events] in
                let begin = Instant.now()
                await others.begin()
                var start = EventCursor(others.newest, time: Int(WallClock.nanosecondsSince1970() / 1_000_000))
                start.numbers[others.name] = last ?? events.newest
                responder.reply(
                    self.stream(from: cursor ?? start, isWhole: isWhole) { cursor in
                        Self.news(of: events, cursor, wants, isWhole: isWhole, gateway: others.name)
                            + others.news(cursor, since: begin).map { gateway, event in
                                FollowedEvent(gateway: gateway, number: event.number) {
                                    wants.contains(event.value) ? event.value.shown(isWhole: isWhole) : nil
                                }
                            }
                    }
                )
            }
        }
    }

    private func stream(from cursor: EventCursor, isWhole: Bool, _ news: @escaping EventFollower.News) -> OwnReply {
        let events = self.events
        var reply = OwnReply(contentType: "text/event-stream") { stream throws(ErrorCause) in
            try events.follow(stream, from: cursor, isWhole: isWhole, news)
        }
        reply.fields.append(("Cache-Control", "no-store"))
        return reply
    }

    /// What a client does not have yet of the events of this gateway.
    private static func news(
        of events: EventLog,
        _ cursor: EventCursor,
        _ wants: EventFilter,
        isWhole: Bool,
        gateway: String? = nil
    ) -> [FollowedEvent] {
        let (entries, newest) = (events.entries, events.newest)
        let name = gateway ?? EventCursor.alone
        let start = cursor.start(of: name, newest: newest)
        return entries.filter { start.isBefore($0.number, time: Int($0.event.time.nanoseconds / 1_000_000)) }
            .map { entry in
                FollowedEvent(gateway: name, number: entry.number) {
                    wants.contains(entry) ? entry.json(isWhole: isWhole, gateway: gateway) : nil
                }
            }
    }

    /// Which events are asked for.
    private struct EventFilter: Sendable {
        var kinds: Set<String>?
        var model: String?
        var backend: String?
        var client: String?
        var after: Int?
        /// The same over all members of a cluster; only to follow them.
        var cursor: EventCursor?
        var limit: Int
        /// Whether the events are to be followed.
        let isFollowing: Bool

        init(_ request: OwnRequest) throws(ErrorReply) {
            self.isFollowing = request.accept?.lowercased().contains("text/event-stream") == true
            if let text = request.queryText("kind") {
                var kinds: Set<String> = []
                for name in text.split(separator: ",", omittingEmptySubsequences: false).prefix(64) {
                    guard let kind = GatewayEvent.Kind(rawValue: String(name)) else {
                        let known = GatewayEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                        throw .invalidRequest("kind must be any of \(known), with commas between them")
                    }
                    kinds.insert(kind.rawValue)
                }
                self.kinds = kinds
            }
            if let text = request.queryText("after") {
                self.after = Int(text)
                self.cursor = self.isFollowing ? EventCursor(text) : nil
                guard self.after.map({ $0 >= 0 }) ?? (self.cursor != nil) else {
                    throw .invalidRequest("after must be the number of an event, or 0")
                }
            }
            self.limit = try request.queryLimit(in: EventRoutes.limits) ?? EventRoutes.defaultLimit
            self.model = request.queryText("model").map { ModelName($0)?.description ?? $0 }
            guard request.role >= .viewer else { return }
            self.backend = request.queryText("backend")
            self.client = request.queryText("client")
        }

        func contains(_ entry: EventLog.Entry) -> Bool {
            let event = entry.event
            return entry.number > self.after ?? 0
                && self.contains(event.kind.rawValue) { $0 == event.kind.subject ? event.subject : nil }
        }

        /// The same of an event of another member.
        func contains(_ event: JSONObject) -> Bool {
            self.contains(event["kind"]?.string ?? "") { event[$0.rawValue]?.string }
        }

        private func contains(_ kind: String, about subject: (GatewayEvent.Subject) -> String?) -> Bool {
            guard self.kinds?.contains(kind) ?? true else { return false }
            for (wanted, name) in [
                (self.model, GatewayEvent.Subject.model), (self.backend, .backend), (self.client, .client),
            ] {
                if let wanted, subject(name) != wanted { return false }
            }
            return true
        }
    }
}

extension JSONObject {
    /// The names of what strangers may know of an event, beside what it is about if that is a model.
    private static let openNames: Set<String> = [
        "number", "time", "kind", "trouble", "gateway", GatewayEvent.Subject.model.rawValue,
    ]

    /// An event of another member as a client may see it.
    fileprivate func shown(isWhole: Bool) -> JSONText {
        var shown = self
        if !isWhole { shown.members.removeAll { !Self.openNames.contains($0.key) } }
        return JSONText(of: JSONValue.object(shown))
    }
}
