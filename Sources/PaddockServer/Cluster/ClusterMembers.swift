// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockCluster
internal import PaddockClusterAdmission
internal import PaddockClusterNode
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// Makes own routes answer for all members of a cluster, on whichever of them they are asked (contract, section 27).
final class ClusterMembers: Sendable {
    /// How long a member may take to answer.
    private static let patience = Duration.seconds(5)
    /// How long one may take that has not answered others.
    private static let briefPatience = Duration.milliseconds(250)
    /// What the query says if only the member that is asked is meant.
    static let ownScope = "member"

    /// How an own route is answered for all.
    enum Sharing: Sendable {
        /// Their answers are added up.
        case summed
        /// Their answers become one in another way.
        case joined(MemberJoin)
        /// The one that has it answers.
        case found
        /// The coordinator answers.
        case led
        /// The coordinator carries it out, and then all others.
        case changed
        /// The coordinator carries it out, and gives all others its clients: each key is made once.
        case keysChanged
    }

    private let service: ClusterService
    private let loop: any EventLoop
    private let settings: OperatorSettings
    private let keys: KeyRing
    private let logger: Logger
    /// What answers for this member alone, by the routes as the table names them.
    private let handlers = Mutex<[String: OwnRoute.Handler]>([:])
    private let keyRoutes = Mutex<Set<String>>([])
    /// Whether anything waited when that was told last; nil before that.
    private let hasWaits = Mutex<Bool?>(nil)
    /// Of how many models it is told.
    private static let maxWaits = 1_000
    private let silence = Mutex(MemberSilence())
    private let turns = MemberTurns()

    init(
        _ service: ClusterService,
        on loop: any EventLoop,
        _ settings: OperatorSettings,
        _ keys: KeyRing,
        _ logger: Logger
    ) {
        (self.service, self.loop, self.settings, self.keys, self.logger) = (service, loop, settings, keys, logger)
    }

    /// Makes the handler of a route that answers for all.
    func share(_ route: String, _ sharing: Sharing, _ handler: @escaping OwnRoute.Handler) -> OwnRoute.Handler {
        self.handlers.withLock { $0[route] = handler }
        if case .keysChanged = sharing { self.keyRoutes.withLock { _ = $0.insert(route) } }
        return { [self] (request) throws(ErrorReply) in
            if request.queryText("scope") == Self.ownScope { return try handler(request) }
            if case .joined(let join) = sharing, !join.isForAll(request) { return try handler(request) }
            return .later { responder in
                Task {
                    switch sharing {
                    case .summed: responder.reply(await self.joined(.sum, route, request, handler))
                    case .joined(let join): responder.reply(await self.joined(join, route, request, handler))
                    case .led: responder.reply(await self.led(route, request, handler))
                    case .found: responder.reply(await self.found(route, request, handler))
                    case .changed, .keysChanged: responder.reply(await self.changed(route, request, handler))
                    }
                }
            }
        }
    }

    /// Makes a handler known to other members only.
    func offer(_ route: String, _ handler: @escaping OwnRoute.Handler) {
        self.handlers.withLock { $0[route] = handler }
    }

    // MARK: - Asking

    private var linked: [MemberIdentity] { self.service.reading?.linked ?? [] }

    /// What a handler answers, as clients get it.
    func reply(_ handler: OwnRoute.Handler, _ request: OwnRequest) async -> OwnReply {
        do throws(ErrorReply) {
            switch try handler(request) {
            case .now(let reply): return reply
            case .later(let begin):
                let loop = self.loop
                return await withCheckedContinuation { continuation in
                    let responder = OwnResponder(on: loop) { continuation.resume(returning: $0) }
                    loop.execute { begin(responder) }
                }
            }
        } catch {
            return OwnReply(error, request.dialect)
        }
    }

    /// Asks another member; nil if there is no answer in time.
    func ask(_ question: MemberQuestion, of member: MemberID, within time: Duration = ClusterMembers.patience) async
        -> MemberAnswer?
    {
        guard let node = self.service.node else { return nil }
        let number = self.silence.withLock { $0.asked(member, now: .now()) }
        let answer = await node.ask(question.bytes, of: member, within: time)
        self.silence.withLock { $0.ended(number, of: member, isAnswered: answer != nil) }
        return answer.flatMap(MemberAnswer.init)
    }

    /// Whether a member leaves questions unanswered.
    func isSilent(_ member: MemberID, now: Instant) -> Bool { self.silence.withLock { $0.isSilent(member, now: now) } }

    /// Asks a member, and does not wait for one that others wait for in vain.
    private func askBriefly(_ question: MemberQuestion, of member: MemberID) async -> MemberAnswer? {
        self.isSilent(member, now: .now())
            ? await Self.briefly { await self.ask(question, of: member) } : await self.ask(question, of: member)
    }

    /// Asks a member what clients can have asked at will: only some such questions are open at once, as it does not answer more than so many
    /// of all kinds. Does not wait for one that others wait for in vain.
    func askInTurn(_ question: MemberQuestion, of member: MemberID) async -> MemberAnswer? {
        let isSilent = self.isSilent(member, now: .now())
        guard await self.turns.take(member, waits: !isSilent) else { return nil }
        @Sendable func ask() async -> MemberAnswer? {
            let answer = await self.ask(question, of: member)
            self.turns.give(member, isAnswered: answer != nil)
            return answer
        }
        return isSilent ? await Self.briefly(ask) : await ask()
    }

    /// The same of several members at once; in their order.
    func askInTurn(_ questions: [(member: MemberIdentity, question: MemberQuestion)]) async -> [(
        member: MemberIdentity, answer: MemberAnswer?
    )] {
        await withTaskGroup(of: (Int, MemberAnswer?).self) { group in
            for (index, asked) in questions.enumerated() {
                group.addTask { (index, await self.askInTurn(asked.question, of: asked.member.id)) }
            }
            var answers = questions.map { (member: $0.member, answer: MemberAnswer?.none) }
            for await (index, answer) in group { answers[index].answer = answer }
            return answers
        }
    }

    private static func briefly(_ ask: @escaping @Sendable () async -> MemberAnswer?) async -> MemberAnswer? {
        let (answers, answer) = AsyncStream.makeStream(of: MemberAnswer?.self, bufferingPolicy: .bufferingOldest(1))
        Task { answer.yield(await ask()) }
        Task {
            try? await Task.sleep(for: Self.briefPatience)
            answer.yield(nil)
        }
        for await first in answers { return first }
        return nil
    }

    /// What this member answers to a question.
    func reply(_ question: MemberQuestion) async -> OwnReply {
        guard let handler = self.handlers.withLock({ $0[question.route] }) else { return .notFound(question.route) }
        return await self.reply(handler, question.request)
    }

    /// Asks this member, and others at once.
    ///
    /// - Parameters:
    ///   - others: which; nil for all that there is a link with.
    ///   - question: what each is asked.
    /// - Returns: the answers, this member's first.
    func askAll(_ others: [MemberIdentity]?, _ question: @escaping @Sendable (MemberIdentity) -> MemberQuestion) async
        -> [(member: MemberIdentity, answer: MemberAnswer?)]
    {
        guard let me = self.service.reading?.me else { return [] }
        async let answers = self.ask(others ?? self.linked, isBrief: true, question)
        let own = MemberAnswer(await self.reply(question(me)))
        return [(me, own)] + (await answers)
    }

    /// Asks all other members at once; in the order of their names.
    private func askOthers(_ question: MemberQuestion, isBrief: Bool = false) async -> [(
        member: MemberIdentity, answer: MemberAnswer?
    )] {
        await self.ask(self.linked, isBrief: isBrief) { _ in question }
    }

    private func ask(
        _ members: [MemberIdentity],
        isBrief: Bool,
        _ question: @escaping @Sendable (MemberIdentity) -> MemberQuestion
    ) async -> [(member: MemberIdentity, answer: MemberAnswer?)] {
        await withTaskGroup(of: (MemberIdentity, MemberAnswer?).self) { group in
            for member in members {
                group.addTask {
                    let asked = question(member)
                    let answer =
                        isBrief ? await self.askBriefly(asked, of: member.id) : await self.ask(asked, of: member.id)
                    return (member, answer)
                }
            }
            var answers: [(member: MemberIdentity, answer: MemberAnswer?)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { ($0.member.name, $0.member.id) < ($1.member.name, $1.member.id) }
        }
    }

    private func joined(
        _ join: MemberJoin,
        _ ownRoute: String,
        _ request: OwnRequest,
        _ ownHandler: @escaping OwnRoute.Handler
    ) async -> OwnReply {
        guard let reading = self.service.reading else { return await self.reply(ownHandler, request) }
        // Other members are asked something else than the client has asked, which may be wrong.
        if join.route != nil {
            do throws(ErrorReply) { _ = try ownHandler(request) } catch { return OwnReply(error) }
        }
        let route = join.route ?? ownRoute
        let handler = self.handlers.withLock { $0[route] } ?? ownHandler
        let asked = join.asked(request)
        async let others = self.askOthers(MemberQuestion(.own, route, asked), isBrief: true)
        let ownReply = await self.reply(handler, asked)
        let own = MemberAnswer(ownReply)
        var answers = [(member: reading.me, answer: Optional(own))] + (await others)
        // What only one can say, the coordinator says.
        if let first = answers.firstIndex(where: { $0.member.id == reading.leader }) { answers.swapAt(0, first) }
        let documents = answers.compactMap { member, answer in
            answer.flatMap { $0.status == 200 ? (try? JSONValue(parsing: $0.body)).map { (member.name, $0) } : nil }
        }
        guard !documents.isEmpty, var sum = join.join(documents, request)?.object else {
            // Nobody knows it, or all refuse it.
            return ownReply
        }
        sum.append("members", reading.account(of: answers))
        var reply = OwnReply(json: JSONText(of: JSONValue.object(sum)))
        reply.fields = ownReply.status == 200 ? ownReply.fields : []
        return reply
    }

    private func found(_ route: String, _ request: OwnRequest, _ handler: @escaping OwnRoute.Handler) async -> OwnReply
    {
        let own = await self.reply(handler, request)
        guard own.status == 404 else { return own }
        let answers = await self.askOthers(MemberQuestion(.own, route, request))
        return answers.compactMap(\.answer).first { $0.status != 404 }?.reply ?? own
    }

    private func led(_ route: String, _ request: OwnRequest, _ handler: @escaping OwnRoute.Handler) async -> OwnReply {
        guard let reading = self.service.reading, let leader = reading.leader, leader != reading.me.id,
            let answer = await self.ask(MemberQuestion(.own, route, request), of: leader)
        else { return await self.reply(handler, request) }
        return answer.reply
    }

    private func changed(_ route: String, _ request: OwnRequest, _ handler: @escaping OwnRoute.Handler) async
        -> OwnReply
    {
        guard let reading = self.service.reading, let leader = reading.leader, leader != reading.me.id else {
            return await self.carryOut(route, request, handler)
        }
        guard let answer = await self.ask(MemberQuestion(.change, route, request), of: leader) else {
            return OwnReply(
                ErrorReply(
                    503,
                    "no_coordinator",
                    "the coordinator of the cluster does not answer: retry in 2 s",
                    retryAfter: 2
                )
            )
        }
        return answer.reply
    }

    /// Carries a change out here, and then at all others.
    private func carryOut(_ route: String, _ request: OwnRequest, _ handler: @escaping OwnRoute.Handler) async
        -> OwnReply
    {
        let reply = await self.reply(handler, request)
        guard (200..<300).contains(reply.status) else { return reply }
        let isOfKeys = self.keyRoutes.withLock { $0.contains(route) }
        let question = isOfKeys ? self.keysQuestion(isChange: true) : MemberQuestion(.own, route, request)
        guard let question else { return reply }
        for (member, answer) in await self.askOthers(question) {
            guard answer.map({ !(200..<300).contains($0.status) }) ?? true else { continue }
            self.logger.warning(
                "a member has not carried out a change; it gets all settings when it registers again",
                metadata: ["member": "\(member.name)", "path": "\(route)", "status": "\(answer?.status ?? 0)"]
            )
        }
        return reply
    }

    // MARK: - Answering

    /// Answers what another member asks.
    func answer(_ question: [UInt8], from member: MemberIdentity) async -> [UInt8]? {
        guard let question = MemberQuestion(question), let handler = self.handlers.withLock({ $0[question.route] })
        else { return nil }
        switch question.kind {
        case .own: return MemberAnswer(await self.reply(handler, question.request)).bytes
        case .change: return MemberAnswer(await self.carryOut(question.route, question.request, handler)).bytes
        }
    }

    /// A member has registered with this one: what operators have set here holds there.
    func joined(_ member: MemberID) {
        guard member != self.service.node?.me.id else { return }
        let set = self.settings.all.filter(\.key.isShared).map { [$0.stored.key, $0.stored.value] }
        let settings = MemberQuestion(.own, Self.settingsRoute, Self.request(Self.settingsRoute, JSONText(of: set)))
        let keys = self.keysQuestion(isChange: false)
        Task {
            await self.compare(with: member)
            _ = await self.ask(settings, of: member)
            if let keys { _ = await self.ask(keys, of: member) }
        }
    }

    /// Looks what the configuration of another member says else of what members share.
    private func compare(with member: MemberID) async {
        let request = Self.request(Self.configurationRoute, "")
        guard let answer = await self.ask(MemberQuestion(.own, Self.configurationRoute, request), of: member),
            let theirs = (try? JSONValue(parsing: answer.body))?.object,
            let mine = (try? JSONValue(parsing: self.configuration.bytes))?.object
        else { return }
        let differing = mine.members.filter { theirs[$0.key] != $0.value }.map(\.key)
        let isNews = self.service.note(differing, of: member)
        guard isNews, !differing.isEmpty else { return }
        self.logger.warning(
            "a member has another configuration: what the coordinator has holds",
            metadata: [
                "member": "\(self.service.reading?.name(of: member) ?? "")",
                "keys": "\(differing.joined(separator: ", "))",
            ]
        )
    }

    /// What members share, as the configuration of this one says it.
    private var configuration: JSONText {
        let configuration = self.settings.loaded
        return .object { json in
            for setting in Setting.sharedByMembers { json.member(named: setting.key, setting.texts(in: configuration)) }
        }
    }

    /// Tells the other members how much of their quotas of a day clients have used, as the coordinator has counted.
    func tellQuotas() async {
        guard let admission = self.service.admission.queueForAll else { return }
        let day = WallClock.secondsSince1970() / 86_400
        let used = admission.quotaNames.compactMap { name -> [JSONValue]? in
            guard let standing = admission.quotaStanding(of: name, now: .now()), standing.tokensOfDay > 0 else {
                return nil
            }
            return [.string(name), JSONValue(standing.tokensOfDay), JSONValue(day)]
        }
        guard !used.isEmpty else { return }
        let body = JSONText(of: JSONValue.array(used.map { .array($0) }))
        _ = await self.askOthers(MemberQuestion(.own, Self.quotasRoute, Self.request(Self.quotasRoute, body)))
    }

    /// Tells all members what requests would meet that came now to the queues of all: members turn some away themselves.
    func tellWaits() async {
        let waits = self.service.admission.queueForAll?.waits(atMost: Self.maxWaits)
        let isNews = self.hasWaits.withLock { hasWaits in
            defer { hasWaits = waits.map { !$0.isEmpty } }
            // That nothing waits is told once.
            return waits != nil && (hasWaits != false || waits?.isEmpty == false)
        }
        guard let waits, isNews else { return }
        let list = waits.map { model, wait -> JSONValue in
            [.string(model.description), JSONValue(wait.waiting), JSONValue(wait.retryAfter)]
        }
        let request = Self.request(Self.waitsRoute, JSONText(of: JSONValue.array(list)))
        _ = await self.askAll(nil) { _ in MemberQuestion(.own, Self.waitsRoute, request) }
    }

    /// All clients that operators made; nil if the store cannot be read.
    private func keysQuestion(isChange: Bool) -> MemberQuestion? {
        guard let clients = try? self.keys.all().map(\.json) else { return nil }
        var request = Self.request(Self.keysRoute, JSONText(of: clients))
        if isChange { request.query = Self.changeQuery }
        return MemberQuestion(.own, Self.keysRoute, request)
    }

    private static func request(_ route: String, _ body: JSONText) -> OwnRequest {
        OwnRequest(method: "POST", path: route, body: body.bytes)
    }

    // Routes that only members have.
    private static let (settingsRoute, keysRoute, quotasRoute, waitsRoute) = (
        "/cluster/settings", "/cluster/keys", "/cluster/quotas", "/cluster/waits"
    )
    private static let configurationRoute = "/cluster/configuration"
    /// What the query says if somebody has just changed what is told.
    private static let changeQuery = "changed"

    /// Begins to take over what the coordinator tells. The routes of changes must be there.
    ///
    /// - Parameters:
    ///   - admission: learns how much of their quotas clients have used.
    ///   - note: takes note of a client that is gone.
    func follow(_ admission: AdmissionController, _ note: @escaping @Sendable (_ client: String) -> Void) {
        self.offer(Self.settingsRoute) { request in
            .later { responder in
                Task {
                    await self.takeOver(request)
                    responder.reply(OwnReply(json: "{}"))
                }
            }
        }
        self.offer(Self.keysRoute) { request in
            let list = (try? JSONValue(parsing: request.body))?.array ?? []
            return .later { responder in
                let isChange = request.query == Self.changeQuery
                self.keys.takeOver(list.compactMap(StoredClient.init), isChange: isChange) { gone in
                    for client in gone { note(client) }
                    responder.reply(OwnReply(json: "{}"))
                }
            }
        }
        self.offer(Self.configurationRoute) { _ in .json(self.configuration) }
        self.offer(Self.quotasRoute) { request in
            let today = Int(WallClock.secondsSince1970() / 86_400)
            for entry in (try? JSONValue(parsing: request.body))?.array ?? [] {
                guard let entry = entry.array, entry.count == 3, let name = entry[0].string,
                    // Clocks may differ a little, and a day that is to come would never end.
                    let day = entry[2].integer, (today - 1...today + 1).contains(day)
                else { continue }
                admission.noteUsed(atLeast: entry[1].toldCount, by: name, day: Int64(day))
            }
            return .json("{}")
        }
        self.offer(Self.waitsRoute) { request in
            var waits: [ModelName: QueueWait] = [:]
            for entry in (try? JSONValue(parsing: request.body))?.array ?? [] {
                guard let entry = entry.array, entry.count == 3, let model = entry[0].string.flatMap({ ModelName($0) }),
                    let seconds = entry[2].integer, (1...60).contains(seconds)
                else { continue }
                waits[model] = QueueWait(waiting: entry[1].toldCount, retryAfter: seconds)
            }
            admission.note(waits)
            return .json("{}")
        }
    }

    private func takeOver(_ request: OwnRequest) async {
        guard let list = (try? JSONValue(parsing: request.body))?.array else { return }
        let theirs = list.compactMap { entry -> (key: OperatorKey, value: String)? in
            guard let pair = entry.array, pair.count == 2, let key = pair[0].string.flatMap({ OperatorKey($0) }),
                key.isShared,
                let value = pair[1].string
            else { return nil }
            return (key, value)
        }
        let mine = self.settings.all.filter(\.key.isShared)
        let keys = Set(theirs.map(\.key))
        var changes = mine.filter { !keys.contains($0.key) }.map { SettingChange(unsetting: $0.key) }
        for (key, value) in theirs where !mine.contains(where: { $0.key == key && $0.stored.value == value }) {
            if let change = SettingChange(key, value) { changes.append(change) }
        }
        for change in changes {
            guard let handler = self.handlers.withLock({ $0[change.route] }) else { continue }
            var request = OwnRequest(method: "POST", path: change.route, body: change.body)
            (request.role, request.userAgent) = (.admin, "the coordinator")
            _ = await self.reply(handler, request)
        }
    }
}
