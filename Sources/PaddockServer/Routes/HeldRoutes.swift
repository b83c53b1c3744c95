// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockCluster
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore

/// `/v1/files`, `/v1/batches` and `/admin/batches` in a cluster: whichever member is asked, the one that has a file or a job answers, and lists
/// are those of all (contract, section 27).
///
/// Members are asked for what they have themselves, so that no question goes on to a third one.
struct HeldRoutes: Sendable {
    private enum Route {
        static let file = "/v1/files/*"
        static let batches = "/v1/batches"
        static let batch = "/v1/batches/*"
        static let anyBatch = "/admin/batches/*"
        static let cancelAny = "/admin/batches/cancel"
        // Those that only members have.
        static let filePage = "/cluster/files"
        static let batchPage = "/cluster/batches"
        static let piece = "/cluster/files/piece"
    }

    /// The most entries that a member is asked for at once.
    private static let maxPage = 1_000
    /// How long a download waits for a member that has stopped to answer, or is not linked.
    private static let patience = Nanoseconds(.seconds(15))
    private static let pause = Duration.milliseconds(250)

    private let cluster: ClusterService
    private let members: ClusterMembers
    private let holders: Holders
    private let files: FileRoutes
    private let batches: BatchRoutes

    /// - Returns: nil without a cluster.
    init?(_ services: GatewayServices, _ files: FileRoutes, _ batches: BatchRoutes) {
        guard let cluster = services.cluster, let members = services.members else { return nil }
        (self.cluster, self.members) = (cluster, members)
        self.holders = Holders(cluster: cluster, members: members)
        (self.files, self.batches) = (files, batches)
    }

    /// Begins to answer what other members ask.
    func offer() {
        self.members.offer(Route.file, self.files.file)
        self.members.offer(Route.batches, self.batches.all)
        self.members.offer(Route.batch, self.batches.one)
        self.members.offer(Route.anyBatch, self.batches.oneOfAll)
        self.members.offer(Route.cancelAny, self.batches.cancelOfAll)
        self.members.offer(Route.filePage, self.files.page)
        self.members.offer(Route.batchPage, self.batches.page)
        self.members.offer(Route.piece, self.files.piece)
    }

    // MARK: - Files

    /// The client's files, on all members.
    func listFiles(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let wanted = try FileRoutes.wanted(request)
        return try self.list(request, wanted, Route.filePage, Thing.file(of: request), self.files.list)
    }

    /// One file: what is known of it, what it holds, or its end.
    func file(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let parts = request.rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isContent = request.method != "DELETE" && parts.count == 2 && parts[1] == "content"
        guard !self.isOwn(request), parts.count == 1 || isContent else { return try self.files.file(request) }
        let thing = Thing.file(parts[0], of: request)
        if request.method == "DELETE" { return self.changed(thing, Route.file, request, self.files.file) }
        guard isContent else { return self.shown(thing, request, self.files.file) }
        return self.answer {
            let own = await self.members.reply(self.files.file, request)
            guard own.isElsewhere else { return own }
            switch await self.holders.find(thing.id, thing.question) {
            case .found(let member, let answer): return self.content(thing, at: member.name, answer, request)
            case let finding: return thing.reply(finding, own)
            }
        }
    }

    private func content(_ thing: Thing, at member: String, _ answer: MemberAnswer, _ request: OwnRequest) -> OwnReply {
        guard let file = try? JSONValue(parsing: answer.body), let bytes = file["bytes"]?.integer, bytes >= 0 else {
            return OwnReply(.silent(member, thing.text), request.dialect)
        }
        return FileDownload.reply(bytes: bytes) { offset, count, take in
            let piece = FilePiece(of: thing.id, at: offset, count: count)
            Task { take(await self.piece(piece, at: member, request)) }
        }
    }

    /// Asks for a piece, again and again for a while: a link may have been cut, or the member have been restarted.
    private func piece(_ piece: FilePiece, at name: String, _ request: OwnRequest) async -> [UInt8]? {
        var asked = OwnRequest(method: "GET", path: Route.piece, body: piece.json.bytes)
        asked.owner = request.owner
        let question = MemberQuestion(.own, Route.piece, asked)
        let start = Instant.now()
        while true {
            if let member = self.cluster.reading?.linked.first(where: { $0.name == name }),
                let answer = await self.members.askInTurn(question, of: member.id)
            {
                return answer.status == 200 ? answer.body : nil
            }
            guard Instant.now() - start < Self.patience else { return nil }
            try? await Task.sleep(for: Self.pause)
        }
    }

    // MARK: - Jobs of clients

    /// Lists the client's jobs, on all members, or makes one where its file is.
    func allBatches(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        guard request.method == "POST" else {
            let wanted = try BatchRoutes.wanted(request)
            return try self.list(request, wanted, Route.batchPage, Thing.batch(of: request), self.batches.all)
        }
        guard !self.isOwn(request) else { return try self.batches.all(request) }
        let creation = try BatchCreation(json: request.body)
        let thing = Thing.file(creation.inputFile, of: request)
        return self.changed(thing, Route.batches, request, self.batches.all, isRepeatable: false)
    }

    /// Shows one of the client's jobs, or cancels it.
    func batch(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        guard !self.isOwn(request) else { return try self.batches.one(request) }
        guard request.method == "POST" else {
            return self.shown(Thing.batch(request.rest, of: request), request, self.batches.one)
        }
        guard request.rest.hasSuffix(BatchRoutes.cancelSuffix) else { return try self.batches.one(request) }
        let id = String(request.rest.dropLast(BatchRoutes.cancelSuffix.count))
        return self.changed(Thing.batch(id, of: request), Route.batch, request, self.batches.one)
    }

    // MARK: - Jobs of all clients

    /// Lists the jobs of all clients, on all members.
    func listAnyBatches(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        var wanted = try BatchRoutes.wanted(request)
        wanted.isOfAll = true
        return try self.list(request, wanted, Route.batchPage, Thing.anyBatch(of: request), self.batches.allOfAll)
    }

    /// Shows any job.
    func anyBatch(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        guard !self.isOwn(request) else { return try self.batches.oneOfAll(request) }
        return self.shown(Thing.anyBatch(request.rest, of: request), request, self.batches.oneOfAll)
    }

    /// Cancels any job.
    func cancelAnyBatch(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        guard !self.isOwn(request) else { return try self.batches.cancelOfAll(request) }
        let thing = Thing.anyBatch(try BatchRoutes.cancelled(request), of: request)
        return self.changed(thing, Route.cancelAny, request, self.batches.cancelOfAll)
    }

    // MARK: - All

    private func isOwn(_ request: OwnRequest) -> Bool { request.queryText("scope") == ClusterMembers.ownScope }

    private func answer(_ reply: @escaping @Sendable () async -> OwnReply) -> OwnAnswer {
        .later { responder in Task { responder.reply(await reply()) } }
    }

    /// What the member that has something says of it.
    private func shown(_ thing: Thing, _ request: OwnRequest, _ handler: @escaping OwnRoute.Handler) -> OwnAnswer {
        self.answer {
            let own = await self.members.reply(handler, request)
            guard own.isElsewhere else { return own }
            switch await self.holders.find(thing.id, thing.question) {
            case .found(_, let answer): return answer.reply
            case let finding: return thing.reply(finding, own)
            }
        }
    }

    /// Has the member that has something change it: one member, after it has said that it has it.
    ///
    /// - Parameter isRepeatable: whether it does no harm to ask again if there is no answer.
    private func changed(
        _ thing: Thing,
        _ route: String,
        _ request: OwnRequest,
        _ handler: @escaping OwnRoute.Handler,
        isRepeatable: Bool = true
    ) -> OwnAnswer {
        self.answer {
            let own = await self.members.reply(MemberQuestion(.own, thing.route, thing.request))
            if own.status == 200 { return await self.members.reply(handler, request) }
            guard own.isElsewhere else { return own }
            switch await self.holders.find(thing.id, thing.question) {
            case .found(let member, _):
                if let answer = await self.members.askInTurn(MemberQuestion(.own, route, request), of: member.id) {
                    return answer.reply
                }
                let error = isRepeatable ? ErrorReply.silent(member.name, thing.text) : .unclear(member.name)
                return OwnReply(error, request.dialect)
            case let finding: return thing.reply(finding, own)
            }
        }
    }

    /// A list of what all members have.
    private func list(
        _ request: OwnRequest,
        _ wanted: ListQuestion,
        _ route: String,
        _ thing: @escaping @Sendable (_ id: String) -> Thing,
        _ handler: @escaping OwnRoute.Handler
    ) throws(ErrorReply) -> OwnAnswer {
        guard !self.isOwn(request), let reading = self.cluster.reading else { return try handler(request) }
        return self.answer {
            var after: (member: MemberIdentity, id: String, second: Int)?
            if case .behind(let id) = wanted.start {
                let thing = thing(id)
                let own = await self.members.reply(MemberQuestion(.own, thing.route, thing.request))
                var answer = (member: reading.me, answer: MemberAnswer(own))
                if own.isElsewhere {
                    switch await self.holders.find(id, thing.question) {
                    case .found(let member, let found): answer = (member, found)
                    case let finding: return thing.reply(finding, own)
                    }
                }
                guard answer.answer.status == 200, let value = try? JSONValue(parsing: answer.answer.body) else {
                    return own
                }
                after = (answer.member, id, value["created_at"]?.integer ?? 0)
            }
            return await self.merged(wanted, after, route, request, reading)
        }
    }

    private func merged(
        _ wanted: ListQuestion,
        _ after: (member: MemberIdentity, id: String, second: Int)?,
        _ route: String,
        _ request: OwnRequest,
        _ reading: ClusterReading
    ) async -> OwnReply {
        var merge = ListMerge(
            reading.members,
            after: after,
            limit: wanted.limit + 1,
            isAscending: wanted.isAscending,
            saysMember: wanted.isOfAll
        )
        var missing: Set<MemberID> = []
        while true {
            let open = merge.advance()
            if open.isEmpty { break }
            let questions = open.map { member, start, limit in
                var question = wanted
                (question.start, question.limit) = (start, min(limit, Self.maxPage))
                var asked = OwnRequest(method: "GET", path: route, body: question.json.bytes)
                (asked.owner, asked.role) = (request.owner, request.role)
                return (member: member, question: MemberQuestion(.own, route, asked))
            }
            var answers = await self.members.askInTurn(questions.filter { $0.member.id != reading.me.id })
            if let own = questions.first(where: { $0.member.id == reading.me.id }) {
                answers.append((own.member, MemberAnswer(await self.members.reply(own.question))))
            }
            for (member, answer) in answers {
                let page = ListQuestion.page(answer)
                if page == nil { missing.insert(member.id) }
                merge.note(page, of: member.id)
            }
        }
        let shown = merge.entries.prefix(wanted.limit)
        return OwnReply(
            json: .list(
                shown.map { JSONText(of: $0) },
                from: shown.first?["id"]?.string,
                to: shown.last?["id"]?.string,
                hasMore: merge.entries.count > wanted.limit,
                members: reading.account(missing: missing)
            )
        )
    }
}

extension HeldRoutes {
    /// A file or a job that is looked for.
    fileprivate struct Thing: Sendable {
        let id: String
        /// What it is called.
        let text: String
        /// Where a member says what it knows of it, and the request for that.
        let route: String
        let request: OwnRequest
        private let absence: @Sendable (String) -> ErrorReply

        /// What its member answers with 200.
        var question: MemberQuestion { MemberQuestion(.own, self.route, self.request) }

        private init(
            _ id: String,
            _ text: String,
            _ route: String,
            like asked: OwnRequest,
            absence: @escaping @Sendable (String) -> ErrorReply
        ) {
            var request = OwnRequest(method: "GET", path: String(route.dropLast()) + id)
            (request.rest, request.role, request.owner) = (id, asked.role, asked.owner)
            request.dialect = asked.dialect
            (self.id, self.text, self.route, self.request, self.absence) = (id, text, route, request, absence)
        }

        static func file(_ id: String, of request: OwnRequest) -> Thing {
            Thing(id, "the file \(id.prefix(64))", Route.file, like: request, absence: ErrorReply.noFile)
        }

        static func batch(_ id: String, of request: OwnRequest) -> Thing {
            Thing(id, "the batch job \(id.prefix(64))", Route.batch, like: request, absence: ErrorReply.noJob)
        }

        static func anyBatch(_ id: String, of request: OwnRequest) -> Thing {
            Thing(id, "the batch job \(id.prefix(64))", Route.anyBatch, like: request, absence: ErrorReply.noJob)
        }

        static func file(of request: OwnRequest) -> @Sendable (String) -> Thing { { .file($0, of: request) } }
        static func batch(of request: OwnRequest) -> @Sendable (String) -> Thing { { .batch($0, of: request) } }
        static func anyBatch(of request: OwnRequest) -> @Sendable (String) -> Thing { { .anyBatch($0, of: request) } }

        /// The answer if it was not found.
        ///
        /// - Parameter own: what this member answers.
        func reply(_ finding: Holders.Finding, _ own: OwnReply) -> OwnReply {
            switch finding {
            case .found(_, let answer): return answer.reply
            case .silent(let member): return OwnReply(.silent(member, self.text), self.request.dialect)
            case .nobody(let missing):
                if missing.isEmpty { return own }
                var error = self.absence(self.id)
                error.message +=
                    "; \(missing.joined(separator: ", ")) of the cluster, which may have it, "
                    + (missing.count == 1 ? "does not answer" : "do not answer")
                return OwnReply(error, self.request.dialect)
            }
        }
    }
}

extension OwnReply {
    /// Whether another member may have what this one does not: it has no such thing, or keeps none.
    fileprivate var isElsewhere: Bool { self.status == 404 || self.status == 501 }
}

extension ErrorReply {
    /// 503: the member that has something does not answer.
    fileprivate static func silent(_ member: String, _ thing: String) -> ErrorReply {
        ErrorReply(
            503,
            "member_silent",
            "\(thing) is kept by \(member) of the cluster, which does not answer: retry in 5 s",
            retryAfter: 5
        )
    }

    /// 503: nobody knows whether a job was made.
    fileprivate static func unclear(_ member: String) -> ErrorReply {
        .final(
            503,
            "member_silent",
            "\(member) of the cluster, which keeps the file, has not answered: the job may have been made or not, so list the jobs"
                + " before you try again"
        )
    }
}
