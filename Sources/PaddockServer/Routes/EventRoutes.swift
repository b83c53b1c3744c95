// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

/// `/queue/events` (contract section 24).
struct EventRoutes: Sendable {
    private static let limits = 1...EventLog.kept
    static let defaultLimit = 100

    private let events: EventLog

    init(_ services: GatewayServices) { self.events = services.events }

    /// What happened, the last event first: to viewers all of it, to others when something happened, and to which model.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let filter = try EventFilter(request)
        if request.accept?.lowercased().contains("text/event-stream") == true { return self.follow(request, filter) }
        let entries = self.events.entries.reversed().lazy.filter(filter.contains).prefix(filter.limit)
        return .json(
            .object { json in
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
        let (events, isWhole) = (self.events, request.role >= .viewer)
        let last = request.lastEventID.flatMap { Int($0) }.map { max(0, $0) } ?? filter.after
        var filter = filter
        // It may be the number of an event of the process before.
        filter.after = nil
        let wants = filter
        var reply = OwnReply(contentType: "text/event-stream") { stream throws(ErrorCause) in
            try events.follow(stream, after: last, isWhole: isWhole) { wants.contains($0) }
        }
        reply.fields.append(("Cache-Control", "no-store"))
        return .now(reply)
    }

    /// Which events are asked for.
    private struct EventFilter: Sendable {
        var kinds: Set<GatewayEvent.Kind>?
        var model: String?
        var backend: String?
        var client: String?
        var after: Int?
        var limit: Int

        init(_ request: OwnRequest) throws(ErrorReply) {
            if let text = request.queryText("kind") {
                var kinds: Set<GatewayEvent.Kind> = []
                for name in text.split(separator: ",", omittingEmptySubsequences: false).prefix(64) {
                    guard let kind = GatewayEvent.Kind(rawValue: String(name)) else {
                        let known = GatewayEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                        throw .invalidRequest("kind must be any of \(known), with commas between them")
                    }
                    kinds.insert(kind)
                }
                self.kinds = kinds
            }
            if let text = request.queryText("after") {
                guard let number = Int(text), number >= 0 else {
                    throw .invalidRequest("after must be the number of an event, or 0")
                }
                self.after = number
            }
            self.limit = try request.queryLimit(in: EventRoutes.limits) ?? EventRoutes.defaultLimit
            self.model = request.queryText("model").map { ModelName($0)?.description ?? $0 }
            guard request.role >= .viewer else { return }
            self.backend = request.queryText("backend")
            self.client = request.queryText("client")
        }

        func contains(_ entry: EventLog.Entry) -> Bool {
            let event = entry.event
            guard entry.number > self.after ?? 0, self.kinds?.contains(event.kind) ?? true else { return false }
            for (wanted, subject) in [
                (self.model, GatewayEvent.Subject.model), (self.backend, .backend), (self.client, .client),
            ] {
                if let wanted, event.kind.subject != subject || event.subject != wanted { return false }
            }
            return true
        }
    }
}
