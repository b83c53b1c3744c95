// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockHTTP

/// What is known of a request once its head has been read. Nothing of it changes until the next head.
///
/// The same object serves one request of a connection after the other, as a value of two dozen fields would be copied
/// wherever it goes.
final class RequestFacts {
    /// The longest `Host`: a name has at most 253 bytes (RFC 1035 §2.3.4), and a port five.
    private static let maxHostBytes = 512

    /// The address of the client, if it is known.
    let peer: SocketAddress?

    /// The id: the client's own if it is fit.
    private(set) var id = ""
    /// Whether the id is ours, so that it has to be sent to the backend.
    private(set) var isFreshID = false
    /// Where it goes.
    private(set) var route = Route.passThrough
    /// The dialect of errors.
    private(set) var dialect = Dialect.ollama
    /// Whether the method is `HEAD`: its reply has no body.
    private(set) var isHead = false
    /// Whether the client speaks HTTP/1.0: it knows no chunks and no interim replies.
    private(set) var speaksHTTP10 = false
    /// Whether the client wants to keep the connection.
    private(set) var keepsConnection = false
    /// How its body is framed; until that is known everything that arrives belongs to the request.
    private(set) var framing = BodyFraming.untilClose
    /// Whose it is, once known; on routes that do not ask for a key only if they are queued.
    private(set) var identity: ClientDirectory.Identity?
    /// The class that its head asks for.
    private(set) var requestClass = RequestClass.interactive
    /// The timeout that its client states; of several such fields the shortest counts.
    @Compact private(set) var statedTimeout: Nanoseconds? = nil
    /// Whether it carries the admin token, on a route that is for admins.
    private(set) var carriesAdminToken = false
    /// Whether the web page that sent it is allowed.
    private(set) var crossOrigin = CrossOriginStanding.none
    /// The `Origin` of a page that may read the answer.
    private(set) var origin: [UInt8] = []
    /// Its method and its path.
    private(set) var requestLine = RequestLine()
    private var knownPeerName: String?
    private var lastKey = ClientDirectory.LastKey()

    /// - Parameter peer: the address of the client, if it is known.
    init(peer: SocketAddress?) { self.peer = peer }

    /// Why a request is answered when its head has been read.
    enum Refusal: Error {
        /// With an error.
        case cause(ErrorCause)
        /// With an error of the admin rule.
        case admin(ErrorReply)
        /// A page asks whether it may send a request, and may.
        case preflight
    }

    /// Whether it takes a slot.
    var isQueued: Bool { if case .queued = self.route { true } else { false } }

    /// Whether we answer it ourselves.
    var isOwn: Bool { if case .own = self.route { true } else { false } }

    /// Whether its reply is a stream by default.
    var streaming: Route.Streaming { if case .queued(let queued) = self.route { queued.streaming } else { .never } }

    /// Whether its route is one of Ollama's own that take a slot.
    var isOllama: Bool { if case .queued(let queued) = self.route { queued.isOllama } else { false } }

    /// The address of the peer as text, made once for a connection.
    var peerName: String {
        if let name = self.knownPeerName { return name }
        let name = self.peer?.ipAddress ?? self.peer?.pathname ?? ""
        self.knownPeerName = name
        return name
    }

    /// Who asked: the client, or the address of the peer.
    var client: Client { self.identity?.client ?? Client(name: self.peerName) }

    /// Its body asks for something that runs nothing, so it takes no slot after all.
    func takesNoSlot() { self.route = .passThrough }

    // MARK: - Reading

    /// Forgets the request before.
    func begin() {
        self.id = ""
        self.isFreshID = false
        self.route = .passThrough
        self.dialect = .ollama
        self.isHead = false
        self.speaksHTTP10 = false
        self.keepsConnection = false
        self.framing = .untilClose
        self.identity = nil
        self.requestClass = .interactive
        self.statedTimeout = nil
        self.carriesAdminToken = false
        self.crossOrigin = .none
        self.requestLine = RequestLine()
    }

    /// Gives an id to a request whose head was not read so far.
    func giveID(_ ids: RequestIDs) { if self.id.isEmpty { self.id = ids.next() } }

    /// Reads a head.
    ///
    /// - Parameters:
    ///   - head: the head.
    ///   - bytes: the bytes it was read from.
    ///   - rules: the rules of the gateway.
    ///   - ids: makes the id of a request that has none.
    /// - Returns: the target.
    /// - Throws: why it is to be answered at once. What was read until then is known.
    func read(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        by rules: RequestRules,
        ids: RequestIDs
    ) throws(Refusal) -> RequestTarget {
        self.isHead = bytes.equals(head.method, "HEAD")
        self.speaksHTTP10 = head.minorVersion == 0
        let target = try self.readTarget(head, bytes)
        (self.route, self.dialect) = rules.routes.route(
            bytes,
            method: head.method,
            target: target,
            own: rules.ownPaths
        )
        self.keepsConnection = head.keepsConnection
        self.readID(head, bytes, ids)
        let host: ByteRange?
        do throws(HeadProblem) {
            let framing = try head.requestFraming(bytes)
            host = try Self.host(head, bytes, target)
            self.framing = framing
        } catch { throw .cause(ErrorCause(error)) }
        if head.kinds.contains(.origin), !self.isOwn { self.readOrigin(head, bytes, host: host, rules) }
        if let host, !rules.allows(host: bytes.extracting(host.lowerBound..<host.upperBound)) {
            throw self.refusal(.foreignHost)
        }
        if self.crossOrigin != .none { try self.checkPreflight(head, bytes, target, rules) }
        if rules.routes.protectsModels, !self.isOwn { try self.checkAdmin(head, bytes, target, rules) }
        if self.isQueued {
            try self.readWishes(head, bytes, target, rules)
        } else if rules.clients.requiresKey, !self.isOwn {
            try self.identify(head, bytes, target, rules)
        }
        return target
    }

    /// Reads the head of a request of a batch job, which is ours.
    ///
    /// - Parameters:
    ///   - head: the head.
    ///   - bytes: the bytes it was read from.
    ///   - owner: the client whose job it is.
    ///   - rules: the rules of the gateway.
    ///   - id: its id.
    /// - Returns: the route, and the target.
    /// - Throws: why it is not sent on.
    func readJob(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        of owner: String,
        by rules: RequestRules,
        id: String
    ) throws(Refusal) -> (route: Route.Queued, target: RequestTarget) {
        self.id = id
        self.isFreshID = true
        self.requestClass = .batch
        let target = try self.readTarget(head, bytes)
        (self.route, self.dialect) = rules.routes.route(bytes, method: head.method, target: target)
        do throws(HeadProblem) { self.framing = try head.requestFraming(bytes) } catch {
            throw .cause(ErrorCause(error))
        }
        let identity = rules.clients.identity(named: owner)
        self.identity = identity
        if rules.clients.requiresKey, !identity.isDeclared { throw .cause(.keyMissing) }
        guard case .queued(let route) = self.route else {
            throw .cause(.invalidBody("jobs cannot use this route, as it takes no slots here (queued_routes)"))
        }
        return (route, target)
    }

    private func readTarget(_ head: borrowing MessageHead, _ bytes: Span<UInt8>) throws(Refusal) -> RequestTarget {
        do throws(HeadProblem) {
            if bytes.equals(head.method, "CONNECT") {
                throw .malformed("CONNECT is not supported")
            }
            let target = try RequestTarget(bytes, head.target, method: head.method)
            self.requestLine.set(bytes, method: head.method, path: target.path)
            return target
        } catch {
            self.requestLine.set(bytes, method: head.method, path: bytes.upToQuery(head.target))
            throw .cause(ErrorCause(error))
        }
    }

    private func readID(_ head: borrowing MessageHead, _ bytes: Span<UInt8>, _ ids: RequestIDs) {
        if let value = head.first(.requestID)?.value,
            isFitRequestID(bytes.extracting(value.lowerBound..<value.upperBound))
        {
            self.id = bytes.text(value)
        } else {
            self.id = ids.next()
            self.isFreshID = true
        }
    }

    /// The host that a request names; HTTP/1.1 asks for exactly one `Host` (RFC 9112 §3.2).
    private static func host(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget
    ) throws(HeadProblem) -> ByteRange? {
        var host: ByteRange?
        for field in head.fields where field.kind == .host {
            guard host == nil else { throw .malformed("there is more than one Host") }
            host = field.value
        }
        guard host != nil || head.minorVersion == 0 else { throw .malformed("there is no Host") }
        host = target.authority ?? host
        guard host.map({ $0.count <= Self.maxHostBytes }) ?? true else {
            throw .malformed("Host has more than 512 bytes")
        }
        return host
    }

    // MARK: - Pages of other origins (contract section 7)

    private func readOrigin(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        host: ByteRange?,
        _ rules: RequestRules
    ) {
        guard let origin = head.first(.origin)?.value else { return }
        let host = host ?? .empty
        self.crossOrigin = rules.crossOrigin.standing(
            of: bytes.extracting(origin.lowerBound..<origin.upperBound),
            host: bytes.extracting(host.lowerBound..<host.upperBound)
        )
        guard self.crossOrigin == .allowed else { return }
        self.origin.removeAll(keepingCapacity: true)
        for index in origin.lowerBound..<origin.upperBound { self.origin.append(bytes[index]) }
    }

    /// A preflight of a page that is allowed is answered here, whatever is with the backends. One of another page goes to the
    /// backend, which may know better; but not if a key is needed, as no preflight has one.
    private func checkPreflight(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget,
        _ rules: RequestRules
    ) throws(Refusal) {
        guard bytes.equals(head.method, "OPTIONS") else { return }
        if self.crossOrigin.isAllowed { throw .preflight }
        self.crossOrigin = .refusedPreflight
        if rules.clients.requiresKey, !rules.routes.isOpen(bytes, target) { throw .cause(.foreignOrigin) }
    }

    /// A preflight that is refused gets no other error than that.
    private func refusal(_ cause: ErrorCause) -> Refusal {
        .cause(self.crossOrigin == .refusedPreflight ? .foreignOrigin : cause)
    }

    // MARK: - Who asks, and for what (contract sections 7 and 10 to 12)

    /// A request that changes what a backend has is for admins if `protect_models` is set. It needs no key then.
    private func checkAdmin(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget,
        _ rules: RequestRules
    ) throws(Refusal) {
        guard rules.routes.isProtected(bytes, method: head.method, target: target) else { return }
        var request = OwnRequest(head, bytes, target, peer: self.peer)
        request.tokenRole = rules.access.tokenRole(of: request)
        if var error = rules.access.refusal(of: request, needing: .admin) {
            error.message = "this changes the backend's models (protect_models): " + error.message
            throw .admin(error)
        }
        self.carriesAdminToken = request.tokenRole == .admin
    }

    private func identify(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget,
        _ rules: RequestRules
    ) throws(Refusal) {
        let identity = rules.clients.identify(head, bytes, peer: self.peerName, &self.lastKey)
        self.identity = identity
        if rules.clients.requiresKey, !identity.isDeclared, !self.carriesAdminToken,
            !rules.routes.isOpen(bytes, target)
        {
            throw self.refusal(.keyMissing)
        }
    }

    /// Whose request to an own route it is.
    func owner(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        _ rules: RequestRules
    ) -> (declared: String?, client: Client?) {
        let identity = rules.clients.identify(head, bytes, peer: self.peerName, &self.lastKey)
        let mayAsk = identity.isDeclared || !rules.clients.requiresKey
        return (identity.isDeclared ? identity.client.name : nil, mayAsk ? identity.client : nil)
    }

    private func readWishes(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget,
        _ rules: RequestRules
    ) throws(Refusal) {
        try self.identify(head, bytes, target, rules)
        if head.kinds.contains(.priority) { self.requestClass = PriorityField.requestClass(head, bytes) }
        if head.kinds.contains(.requestTimeout) || head.kinds.contains(.readTimeout) {
            for field in head.fields where field.kind == .requestTimeout || field.kind == .readTimeout {
                guard let limit = bytes.secondsInNanoseconds(field.value) else { continue }
                let timeout = Nanoseconds(limit)
                self.statedTimeout = min(timeout, self.statedTimeout ?? timeout)
            }
        }
    }
}

extension OwnRequest {
    /// A request to an own route, without its body.
    init(_ head: borrowing MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget, peer: SocketAddress?) {
        func text(_ field: FieldLine?) -> String? { field.map { bytes.text($0.value) } }
        self.init(
            method: bytes.text(head.method),
            path: DecodedPath(bytes, target.path).text,
            query: target.query.map { bytes.text($0) },
            peer: peer
        )
        self.host = target.authority.map { bytes.text($0) } ?? text(head.first(.host))
        self.origin = text(head.first(.origin))
        self.secFetchSite = text(head.first(.secFetchSite))
        self.authorization = text(head.first(.authorization))
        self.contentType = text(head.first(.contentType))
        self.accept = text(head.fields.first { bytes.matches($0.name, "accept") })
        self.lastEventID = text(head.fields.first { bytes.matches($0.name, "last-event-id") })
        self.userAgent = text(head.fields.first { bytes.matches($0.name, "user-agent") })
        self.acceptEncoding = text(head.fields.first { bytes.matches($0.name, "accept-encoding") })
        self.ifNoneMatch = text(head.fields.first { bytes.matches($0.name, "if-none-match") })
    }
}

extension Span<UInt8> {
    /// The part of a range before its first question mark.
    fileprivate func upToQuery(_ range: ByteRange) -> ByteRange {
        var end = range.lowerBound
        while end < range.upperBound, self[end] != UInt8(ascii: "?") { end += 1 }
        return ByteRange(start: range.lowerBound, end: end)
    }
}
