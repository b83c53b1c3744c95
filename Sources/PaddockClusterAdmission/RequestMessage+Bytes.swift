// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockClusterLink

extension RequestMessage {
    /// The first number of each message; never used again for something else.
    private enum Kind: UInt64 {
        case arrived = 1, left, answered, needsBackend, ended, start, turnedAway, asks, timedOut, waits, toldAll
    }

    /// Writes the message about a request.
    ///
    /// - Parameters:
    ///   - number: the number of the request on its member.
    ///   - session: the registration of the member that it belongs to.
    ///   - link: gets it.
    func write(number: UInt64, session: UInt64, to link: inout LinkWriter) {
        link.number(session)
        link.number(number)
        switch self {
        case .arrived(let request):
            link.number(Kind.arrived.rawValue)
            request.write(to: &link)
        case .left: link.number(Kind.left.rawValue)
        case .answered(let isStream):
            link.number(Kind.answered.rawValue)
            link.bool(isStream)
        case .needsBackend(let refused):
            link.number(Kind.needsBackend.rawValue)
            switch refused {
            case .unreachable: link.bool(false)
            case .answer(let retryAfter):
                link.bool(true)
                link.optional(retryAfter) { $0.signed($1) }
            }
        case .ended(let ending, let news):
            link.number(Kind.ended.rawValue)
            link.number(UInt64(Ending.allCases.firstIndex(of: ending) ?? 0))
            news.write(to: &link)
        case .asks: link.number(Kind.asks.rawValue)
        case .toldAll: link.number(Kind.toldAll.rawValue)
        case .start(let backend, let rule, let place):
            link.number(Kind.start.rawValue)
            link.text(backend)
            link.number(UInt64(rule.rawValue))
            link.optional(place) { $1.write(to: &$0) }
        case .turnedAway(let rejection, let place):
            link.number(Kind.turnedAway.rawValue)
            rejection.write(to: &link)
            link.optional(place) { $1.write(to: &$0) }
        case .timedOut(let standing, let place):
            link.number(Kind.timedOut.rawValue)
            link.number(UInt64(max(0, standing.inFront)))
            link.optional(standing.pace) { $0.signed($1.count) }
            link.optional(place) { $1.write(to: &$0) }
        case .waits(let waiting, let place):
            link.number(Kind.waits.rawValue)
            waiting.write(to: &link)
            link.optional(place) { $1.write(to: &$0) }
        }
    }

    /// Reads a message with its number and session.
    static func read(from link: inout LinkReader) throws(LinkError) -> (
        message: RequestMessage, number: UInt64, session: UInt64
    ) {
        let (session, number) = (try link.number(), try link.number())
        guard let kind = Kind(rawValue: try link.number()) else { throw .notUnderstood }
        let message: RequestMessage =
            switch kind {
            case .arrived: .arrived(try RemoteRequest(from: &link))
            case .left: .left
            case .answered: .answered(isStream: try link.bool())
            case .needsBackend:
                .needsBackend(
                    try link.bool()
                        ? .answer(retryAfter: try link.optional { link throws(LinkError) in try link.length().count })
                        : .unreachable
                )
            case .ended:
                .ended(Ending.allCases[try link.count(atMost: Ending.allCases.count - 1)], try ReplyNews(from: &link))
            case .asks: .asks
            case .toldAll: .toldAll
            case .start: .start(backend: try link.text(atMost: 4_096), rule: try link.rule(), try link.place())
            case .turnedAway: .turnedAway(try Rejection(from: &link), try link.place())
            case .timedOut:
                .timedOut(
                    QueueStanding(inFront: try link.amount(), pace: try link.optionalLength()),
                    try link.place()
                )
            case .waits: .waits(try WaitingRequest(from: &link), try link.place())
            }
        return (message, number, session)
    }
}

extension LinkReader {
    fileprivate mutating func rule() throws(LinkError) -> StartRule {
        guard let rule = StartRule(rawValue: UInt8(try self.count(atMost: 255))) else { throw LinkError.notUnderstood }
        return rule
    }

    fileprivate mutating func place() throws(LinkError) -> QueuePlace? {
        try self.optional { link throws(LinkError) in try QueuePlace(from: &link) }
    }

    fileprivate mutating func optionalLength() throws(LinkError) -> Nanoseconds? {
        try self.optional { link throws(LinkError) in try link.length() }
    }

    fileprivate mutating func int32() throws(LinkError) -> Int32 {
        guard let number = Int32(exactly: try self.signed()) else { throw LinkError.notUnderstood }
        return number
    }

    fileprivate mutating func length() throws(LinkError) -> Nanoseconds { Nanoseconds(try self.signed()) }

    /// Reads how long something took; what cannot be becomes the nearest that can, as ``ReplyDurations`` has it.
    fileprivate mutating func duration() throws(LinkError) -> Nanoseconds {
        Nanoseconds(min(max(try self.signed(), 0), 999_999_999_999_999_999))
    }

    /// Reads how many there are of something; no more than JSON can say.
    fileprivate mutating func amount() throws(LinkError) -> Int { Int(min(try self.number(), 1 << 53)) }

    /// Reads how many tokens there are of something.
    fileprivate mutating func tokens() throws(LinkError) -> Int32 { max(0, try self.int32()) }
}

extension WaitReason.Kind {
    /// The number of each on a link is its place in this list, which only grows.
    private static let numbered: [Self] = [.slot, .swap, .load, .turn, .refused, .limit, .paused]

    func write(to link: inout LinkWriter) { link.number(UInt64(Self.numbered.firstIndex(of: self) ?? 0)) }

    init(from link: inout LinkReader) throws(LinkError) {
        self = Self.numbered[try link.count(atMost: Self.numbered.count - 1)]
    }
}

extension QueuePlace {
    func write(to link: inout LinkWriter) {
        link.number(UInt64(max(0, self.position)))
        // A slot was free: nothing more is known of it.
        guard self.position > 0 else { return }
        link.optional(self.estimatedWait) { $0.signed($1.count) }
        link.optional(self.reason) { $1.write(to: &$0) }
    }

    init(from link: inout LinkReader) throws(LinkError) {
        let position = try link.amount()
        guard position > 0 else {
            self = .free
            return
        }
        self.init(
            position: position,
            estimatedWait: try link.optionalLength(),
            reason: try link.optional { link throws(LinkError) in try WaitReason.Kind(from: &link) }
        )
    }
}

extension WaitingRequest {
    func write(to link: inout LinkWriter) {
        link.number(UInt64(max(0, self.position)))
        self.reason.kind.write(to: &link)
        link.optional(self.reason.behind) {
            $0.text($1.model.description)
            $0.number(UInt64(max(0, $1.clients)))
            $0.signed($1.until.count)
        }
        link.optional(self.estimatedStart) { $0.signed($1.count) }
        link.optional(self.latestStart) { $0.signed($1.count) }
    }

    init(from link: inout LinkReader) throws(LinkError) {
        let position = try link.amount()
        let kind = try WaitReason.Kind(from: &link)
        let behind = try link.optional { link throws(LinkError) in
            guard let model = ModelName(try link.text(atMost: RemoteRequest.maxName)) else { throw .notUnderstood }
            return WaitReason.Behind(
                model: model,
                clients: try link.amount(),
                until: try link.length()
            )
        }
        self.init(
            position: position,
            reason: WaitReason(kind, behind: behind),
            estimatedStart: try link.optionalLength(),
            latestStart: try link.optionalLength()
        )
    }
}

extension RemoteRequest {
    /// The longest name of a model or client, in bytes.
    fileprivate static let maxName = 4_096
    /// What weights clients may have.
    private static let weights = 0.01...100

    func write(to link: inout LinkWriter) {
        link.text(self.id)
        link.text(self.model.description)
        link.text(self.client.name)
        link.fixed(self.client.weight.bitPattern)
        let named = RunnerOptions.Name.allCases.filter { self.options[$0] != nil }
        link.list(named) {
            $0.number(UInt64($1.rawValue))
            $0.signed(Int64(self.options[$1] ?? 0))
        }
        link.bool(self.requestClass == .batch)
        link.bool(self.expectsStream)
        link.bool(self.isDeadlineStated)
        link.number(UInt64(self.units))
        link.signed(Int64(self.maxAnswerTokens))
        link.optional(self.keepAlive) { $0.signed($1.count) }
        link.bool(self.isLoad)
        link.bool(self.isUnload)
        link.optional(self.patience) { $0.signed($1.count) }
        link.signed(self.age.count)
    }

    init(from link: inout LinkReader) throws(LinkError) {
        self.id = try link.text(atMost: Self.maxName)
        guard let model = ModelName(try link.text(atMost: Self.maxName)) else { throw .notUnderstood }
        self.model = model
        let name = try link.text(atMost: Self.maxName)
        let weight = Double(bitPattern: try link.fixed())
        guard !weight.isNaN else { throw .notUnderstood }
        self.client = Client(name: name, weight: min(max(weight, Self.weights.lowerBound), Self.weights.upperBound))
        for _ in 0..<(try link.count(atMost: RunnerOptions.Name.allCases.count)) {
            guard let option = RunnerOptions.Name(rawValue: try link.count(atMost: 255)) else { throw .notUnderstood }
            self.options[option] = try link.int32()
        }
        self.requestClass = try link.bool() ? .batch : .interactive
        self.expectsStream = try link.bool()
        self.isDeadlineStated = try link.bool()
        self.units = max(1, try link.count(atMost: Int(Int32.max)))
        self.maxAnswerTokens = try link.tokens()
        self.keepAlive = try link.optional { link throws(LinkError) in try link.length() }
        self.isLoad = try link.bool()
        self.isUnload = try link.bool()
        self.patience = try link.optional { link throws(LinkError) in try link.length() }
        self.age = max(.zero, try link.length())
    }
}

extension ReplyNews {
    func write(to link: inout LinkWriter) {
        link.optional(self.firstByte) { $0.signed($1.count) }
        link.number(UInt64(self.status))
        link.bool(self.isStream)
        link.optional(self.durations) {
            for length in [$1.total, $1.load, $1.promptEval, $1.eval] { $0.signed(length.count) }
            $0.signed(Int64($1.promptTokens))
            $0.signed(Int64($1.answerTokens))
        }
        link.optional(self.tokens) {
            $0.signed(Int64($1.prompt))
            $0.signed(Int64($1.answer))
            $0.bool($1.isEstimate)
        }
    }

    init(from link: inout LinkReader) throws(LinkError) {
        self.firstByte = try link.optional { link throws(LinkError) in try link.duration() }
        self.status = try link.count(atMost: 999)
        self.isStream = try link.bool()
        self.durations = try link.optional { link throws(LinkError) in
            var durations = ReplyDurations()
            (durations.total, durations.load) = (try link.duration(), try link.duration())
            (durations.promptEval, durations.eval) = (try link.duration(), try link.duration())
            (durations.promptTokens, durations.answerTokens) = (try link.tokens(), try link.tokens())
            return durations
        }
        self.tokens = try link.optional { link throws(LinkError) in
            TokenCounts(prompt: try link.tokens(), answer: try link.tokens(), isEstimate: try link.bool())
        }
    }
}

extension Rejection {
    private enum Kind: UInt64 {
        case queueFull = 1, shuttingDown, wouldTimeOut, noBackend, cancelledByAdmin
        case requestsPerMinute, tokensPerMinute, tokensPerDay, quotaQueue, modelNotAllowed
    }

    func write(to link: inout LinkWriter) {
        func write(_ kind: Kind, _ numbers: Int...) {
            link.number(kind.rawValue)
            for number in numbers { link.number(UInt64(max(0, number))) }
        }
        switch self {
        case .queueFull(let waiting, let retryAfter): write(.queueFull, waiting, retryAfter)
        case .shuttingDown(let retryAfter): write(.shuttingDown, retryAfter)
        case .wouldTimeOut(let firstByte, let left, let retryAfter):
            write(.wouldTimeOut, Int(firstByte.count), Int(left.count), retryAfter)
        case .noBackend(let retryAfter): write(.noBackend, retryAfter)
        case .cancelledByAdmin: write(.cancelledByAdmin)
        case .overQuota(.requestsPerMinute(let limit, let retryAfter)): write(.requestsPerMinute, limit, retryAfter)
        case .overQuota(.tokensPerMinute(let limit, let used, let reserved, let retryAfter)):
            write(.tokensPerMinute, limit, used, reserved, retryAfter)
        case .overQuota(.tokensPerDay(let limit, let used, let reserved, let retryAfter)):
            write(.tokensPerDay, limit, used, reserved, retryAfter)
        case .overQuota(.queue(let limit, let retryAfter)): write(.quotaQueue, limit, retryAfter)
        case .overQuota(.model): write(.modelNotAllowed)
        }
    }

    init(from link: inout LinkReader) throws(LinkError) {
        guard let kind = Kind(rawValue: try link.number()) else { throw .notUnderstood }
        func number() throws(LinkError) -> Int { try link.amount() }
        switch kind {
        case .queueFull: self = .queueFull(waiting: try number(), retryAfter: try number())
        case .shuttingDown: self = .shuttingDown(retryAfter: try number())
        case .wouldTimeOut:
            self = .wouldTimeOut(
                firstByte: Nanoseconds(Int64(try number())),
                left: Nanoseconds(Int64(try number())),
                retryAfter: try number()
            )
        case .noBackend: self = .noBackend(retryAfter: try number())
        case .cancelledByAdmin: self = .cancelledByAdmin
        case .requestsPerMinute: self = .overQuota(.requestsPerMinute(limit: try number(), retryAfter: try number()))
        case .tokensPerMinute:
            self = .overQuota(
                .tokensPerMinute(
                    limit: try number(),
                    used: try number(),
                    reserved: try number(),
                    retryAfter: try number()
                )
            )
        case .tokensPerDay:
            self = .overQuota(
                .tokensPerDay(limit: try number(), used: try number(), reserved: try number(), retryAfter: try number())
            )
        case .quotaQueue: self = .overQuota(.queue(limit: try number(), retryAfter: try number()))
        case .modelNotAllowed: self = .overQuota(.model)
        }
    }
}
