// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockCluster
internal import PaddockClusterAdmission
internal import PaddockClusterNode
internal import PaddockJSON
internal import PaddockProxy

/// `/queue/requests` and `/queue/requests/{id}` in a cluster: what a request is says its member, and where it is in the queue of all members the
/// coordinator (contract, sections 13 and 27).
struct ClusterRequests: Sendable {
    /// How much of an answer its entries may be.
    private static let maxBytes = ClusterNode.maxAnswer - 4_096
    /// The route of what each says of its own, which only members have.
    private static let listRoute = "/cluster/requests"

    private let cluster: ClusterService
    private let members: ClusterMembers
    private let places: ClusterPlaces
    private let admission: AdmissionController
    private let rendering: RequestRendering
    private let renderer: DispatchQueue
    /// Answers what is the same without a cluster: about requests that have ended, or are not there.
    private let plain: RequestRoutes
    private let ended: OwnRoute.Handler

    /// - Returns: nil without a cluster.
    init?(_ services: GatewayServices, _ plain: RequestRoutes) {
        guard let cluster = services.cluster, let members = services.members, let places = services.places else {
            return nil
        }
        (self.cluster, self.members, self.admission) = (cluster, members, services.admission)
        self.places = places
        (self.rendering, self.renderer) = (RequestRendering(backends: services.backends), services.renderer)
        self.plain = plain
        self.ended = members.share("/queue/requests", .joined(.ended(limit: RequestSearch.defaultLimit)), plain.list)
    }

    /// Begins to answer what other members ask.
    func offer() {
        self.members.offer(Self.listRoute) { (request) throws(ErrorReply) in
            let search = try RequestSearch(request)
            let page = Page(request.body)
            return .later { responder in
                self.renderer.async { responder.reply(OwnReply(json: self.read(search, page))) }
            }
        }
        self.members.offer(ClusterPlaces.route) { request in
            let question = PlaceQuestion(request.body)
            return .later { responder in
                self.renderer.async {
                    guard let places = question?.answer(self.cluster.admission, now: .now()) else {
                        return responder.reply(OwnReply(404, json: "{}"))
                    }
                    let fitting = Self.fitting(places.map(\.json))
                    responder.reply(OwnReply(json: .object { $0.member("places", fitting) }))
                }
            }
        }
    }

    private static func fitting(_ texts: [JSONText]) -> [JSONText] {
        var room = Self.maxBytes
        return Array(
            texts.prefix { text in
                room -= text.bytes.count + 64
                return room >= 0
            }
        )
    }

    // MARK: - Routes

    /// The requests that are active or wait, of all members or of this one, or the last ones that ended.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let search = try RequestSearch(request)
        let isUnknown = search.model == nil && request.queryModel != nil
        guard !search.isEnded, !isUnknown, let reading = self.cluster.reading else { return try self.ended(request) }
        let isOwn = request.queryText("scope") == ClusterMembers.ownScope
        return .later { responder in
            Task { responder.reply(await self.list(request, search, reading, isOwn: isOwn)) }
        }
    }

    private func list(_ request: OwnRequest, _ search: RequestSearch, _ reading: ClusterReading, isOwn: Bool) async
        -> OwnReply
    {
        var asked = PlaceSearch(limit: search.limit)
        (asked.model, asked.client, asked.member) = (search.model, search.client, isOwn ? reading.me.id : nil)
        let places = search.hasWaiting ? await self.places.ask(PlaceQuestion(asked)) ?? [] : []
        let pages = Page.all(places, limit: search.limit)
        @Sendable func question(_ member: MemberIdentity) -> MemberQuestion {
            let page = pages[member.id.text] ?? Page(numbers: [], others: search.limit - places.count)
            let body = page.json.bytes
            return MemberQuestion(
                .own,
                Self.listRoute,
                OwnRequest(method: "GET", path: Self.listRoute, query: request.query, body: body)
            )
        }
        let answers = await self.members.askAll(isOwn ? [] : nil, question)
        let parts = answers.compactMap { member, answer in
            answer.flatMap { $0.status == 200 ? try? JSONValue(parsing: $0.body) : nil }.map {
                RequestPage.Part(name: isOwn ? nil : member.name, id: member.id.text, answer: $0)
            }
        }
        let page = RequestPage(parts, places: places, limit: search.limit)
        var list = JSONObject()
        list.append("total", JSONValue(page.total))
        list.append("requests", .array(page.requests))
        if !isOwn { list.append("members", reading.account(of: answers)) }
        return OwnReply(json: JSONText(of: JSONValue.object(list)))
    }

    /// The state of one request of this member, or how it ended.
    func show(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let id = try RequestRoutes.id(request)
        let ended = try self.plain.show(request)
        return .later { responder in
            self.renderer.async {
                let live = self.admission.requests(withIDs: [id], now: .now())[id]
                guard let live, live.position > 0 else {
                    if case .later(let begin) = ended { begin(responder) }
                    return
                }
                Task {
                    let entry = self.rendering.json(live, hasAddress: false)
                    guard let place = await self.places.ofOwn(live.ticket), let object = JSONValue(of: entry).object
                    else {
                        return responder.reply(OwnReply(json: entry))
                    }
                    responder.reply(OwnReply(json: JSONText(of: JSONValue.object(RequestPage.placed(object, place)))))
                }
            }
        }
    }

    // MARK: - Answering

    /// What is wanted of a member: the requests that the coordinator puts on the page, and some more that it may not know of.
    private struct Page {
        var numbers: Set<UInt64>
        var others: Int

        init(numbers: Set<UInt64>, others: Int) { (self.numbers, self.others) = (numbers, max(0, others)) }

        init(_ bytes: [UInt8]) {
            let value = try? JSONValue(parsing: bytes)
            let numbers = value?["numbers"]?.array ?? []
            self.init(
                numbers: Set(numbers.compactMap { $0.integer.flatMap { UInt64(exactly: $0) } }),
                others: value?["others"]?.integer ?? 0
            )
        }

        var json: JSONText {
            .object { json in
                json.member("numbers", self.numbers.map { Int(clamping: $0) })
                json.member("others", self.others)
            }
        }

        /// The pages of all members that have a place.
        static func all(_ places: [JSONValue], limit: Int) -> [String: Page] {
            places.reduce(into: [:]) { pages, place in
                guard let member = place["member"]?.string,
                    let number = place["number"]?.integer.flatMap({ UInt64(exactly: $0) })
                else { return }
                pages[member, default: Page(numbers: [], others: limit - places.count)].numbers.insert(number)
            }
        }
    }

    /// What this member says of its requests.
    private func read(_ search: RequestSearch, _ page: Page) -> JSONText {
        let found = self.admission.requests(of: search.model, now: .now()).filter(search.contains)
        let (active, waiting) = (found.filter { $0.position == 0 }, found.filter { $0.position > 0 })
        let placed = waiting.filter { page.numbers.contains($0.ticket.number) }
        let others = waiting.lazy.filter { !page.numbers.contains($0.ticket.number) }.prefix(page.others)
        let shown = active.prefix(search.limit) + placed + others
        let texts = Self.fitting(shown.map { self.rendering.json($0) })
        return RequestPage.Part.json(
            total: found.count,
            zip(shown, texts).map { (number: $0.ticket.number, entry: $1) }
        )
    }
}
