// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy

/// `/queue/clients` and `/admin/clients/…` (contract section 25).
struct ClientRoutes: Sendable {
    /// How many clients may be listed.
    private static let limits = 1...1_000
    static let defaultLimit = 100

    /// Who asks.
    private static let (clients, members) = ("clients", "members")

    private let services: GatewayServices
    private let counts: SharedAnswer
    /// The question is the limit, what to sort by, who asks, and the name of a client; no name for all.
    private let lists: SharedAnswer

    init(_ services: GatewayServices) {
        self.services = services
        let rendering = ClientRendering(services.admission, services.keys, services.orders)
        self.counts = SharedAnswer(on: services.renderer) {
            OwnReply(json: .object { $0.member("total", services.clients.count) })
        }
        self.lists = SharedAnswer(
            on: services.renderer,
            toAll: { questions in
                let reading = services.clients.reading()
                return questions.map { question in
                    let parts = question.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
                    let sorting = ClientsReading.Sorting(rawValue: String(parts[1])) ?? .busy
                    let isForMembers = parts[2] == Self.members
                    var shown: [ClientsReading.Entry] = []
                    if parts[3].isEmpty || isForMembers {
                        shown = Array(reading.entries(by: sorting, limit: Int(parts[0]) ?? Self.defaultLimit))
                    }
                    if !shown.contains(where: { $0.name == parts[3] }), let one = reading.entry(of: String(parts[3])) {
                        shown.append(one)
                    }
                    return OwnReply(
                        json: rendering.json(shown, total: reading.entries.count, isForMembers: isForMembers)
                    )
                }
            }
        )
    }

    /// The clients with what they do and did: to viewers all of it, to others how many there are.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let limit = try request.queryLimit(in: Self.limits) ?? Self.defaultLimit
        let sort = request.queryText("sort") ?? ClientsReading.Sorting.busy.rawValue
        guard ClientsReading.Sorting(rawValue: sort) != nil else {
            let known = ClientsReading.Sorting.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidRequest("sort must be one of \(known)")
        }
        guard request.role >= .viewer else { return self.counts.answer() }
        return self.list("\(limit) \(sort) \(Self.clients) \(request.queryText("client") ?? "")")
    }

    /// What another member of a cluster needs to make one list: the busiest clients, and one more if it is asked for.
    func listForMembers(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let limit = try request.queryLimit(in: Self.limits) ?? Self.defaultLimit
        return self.list("\(limit) busy \(Self.members) \(request.queryText("client") ?? "")")
    }

    private func list(_ question: String) -> OwnAnswer {
        .later { responder in
            Task {
                self.services.clients.note(await self.services.connections.read())
                if case .later(let begin) = self.lists.answer(question) { begin(responder) }
            }
        }
    }

    /// Pauses a client.
    func pause(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let body = try OrderBody(json: request.body, takesCap: false)
        return self.order(.clientPaused, body.client, by: request) { $0.isPaused = true }
    }

    /// Lets a client go on.
    func resume(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let body = try OrderBody(json: request.body, takesCap: false)
        return self.order(.clientResumed, body.client, by: request) { $0.isPaused = false }
    }

    /// Limits how many requests of a client run at once, or no longer.
    func cap(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let body = try OrderBody(json: request.body, takesCap: true)
        return self.order(.clientCapped, body.client, by: request) { $0.parallel = body.parallel }
    }

    /// Carries out an order, off the event loop: of thousands of requests some have to be looked at.
    private func order(
        _ kind: GatewayEvent.Kind,
        _ client: String,
        by request: OwnRequest,
        _ change: @escaping @Sendable (inout ClientOrder) -> Void
    ) -> OwnAnswer {
        .later { [services] responder in
            services.renderer.async {
                do throws(ErrorReply) {
                    let isKnown = services.clients.isKnown(client)
                    try services.orders.change(client, change) { before, after in
                        // What was so already is no event.
                        if before != after {
                            services.note(kind, client, by: request, change: (before.text, after.text))
                        }
                        responder.reply(OwnReply(json: Self.json(kind, client, after, isKnown: isKnown)))
                    }
                } catch {
                    responder.reply(OwnReply(error))
                }
            }
        }
    }

    private static func json(
        _ kind: GatewayEvent.Kind,
        _ client: String,
        _ order: ClientOrder,
        isKnown: Bool
    ) -> JSONText {
        .object { json in
            json.member("client", client)
            json.member("paused", order.isPaused)
            json.member("cap", order.parallel)
            json.member("known", isKnown)
            json.member("status", String(kind.rawValue.dropFirst("client_".utf8.count)))
        }
    }
}

/// The body of an order: a client, and a cap.
private struct OrderBody {
    let client: String
    private(set) var parallel: Int?

    /// - Parameters:
    ///   - json: the body.
    ///   - takesCap: whether it has a cap, which may be null.
    /// - Throws: 400 `invalid_request`, with what would be right.
    init(json: [UInt8], takesCap: Bool) throws(ErrorReply) {
        let example = takesCap ? #"{"client":"alice","parallel":2}"# : #"{"client":"alice"}"#
        let keys = takesCap ? ["client", "parallel"] : ["client"]
        guard let fields = (try? JSONValue(parsing: json))?.object, Set(fields.members.map(\.key)) == Set(keys) else {
            throw .invalidRequest("the body must be a JSON object such as \(example)")
        }
        guard let client = fields["client"]?.string, OperatorKey.isClient(client) else {
            throw .invalidRequest(
                "\"client\" must be a name of 1 to \(OperatorKey.maxClientBytes) bytes of printable characters"
            )
        }
        self.client = client
        guard takesCap, let value = fields["parallel"], value != .null else { return }
        let range = DeclaredModel.parallelRange
        guard let cap = value.integer, range.contains(cap) else {
            throw .invalidRequest(
                "\"parallel\" must be an integer from \(range.lowerBound) to \(range.upperBound), or null for no cap"
            )
        }
        self.parallel = cap
    }
}
