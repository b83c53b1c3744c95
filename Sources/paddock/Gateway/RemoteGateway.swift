// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import PaddockBase
import PaddockClient
import PaddockJSON

/// A running Paddock, over its own routes.
struct RemoteGateway: Sendable {
    let url: ServerURL
    /// The admin token, or a client's key, which goes to no server that is not Paddock.
    var token: String?
    /// What the token is, as messages name it.
    var credential = Credential.adminToken
    /// How long a reply may take.
    var timeout = Duration.seconds(10)
    /// How long each piece of a file may take that is sent or fetched, and the answer to its end: the disk has all of it by then.
    private static let patience = Duration.seconds(60)

    /// What shows who asks.
    enum Credential: Sendable {
        case adminToken, clientKey
    }

    /// A reply that was understood: its value, and the JSON for `--json`.
    struct Reading<Value: Sendable>: Sendable {
        let value: Value
        let json: JSONText
    }

    /// What the gateway says of itself. Everything else is asked only of what has answered this.
    ///
    /// - Throws: Why it cannot be reached, or that it is not Paddock.
    func health() async throws(CommandFailure) -> Reading<HealthReply> {
        let reply = try await self.send(HTTPRequest(target: "/health"))
        guard reply.status == 200, let health: HealthReply = Self.decoded(reply.body) else {
            throw CommandFailure(
                .protocolError,
                "\(self.url) is not Paddock: GET /health answered \(reply.status), not Paddock's health"
            )
        }
        return Reading(value: health, json: Self.text(reply.body))
    }

    /// Asks one of the gateway's own routes.
    ///
    /// - Parameters:
    ///   - target: Path and query.
    ///   - method: The method.
    ///   - json: The body.
    /// - Returns: The reply, where its status is 200.
    /// - Throws: What the gateway says against it.
    func ask<Value: JSONReadable & Sendable>(
        _ target: String,
        method: HTTPMethod = .GET,
        json: JSONText? = nil
    ) async throws(CommandFailure) -> Reading<Value> {
        let body = try await self.body(target, method: method, json: json)
        guard let value: Value = Self.decoded(body) else {
            throw CommandFailure(
                .protocolError,
                "\(self.url) answered \(method) \(target.cut(to: 80)) with something other than Paddock's JSON"
            )
        }
        return Reading(value: value, json: Self.text(body))
    }

    /// Asks one of the gateway's own routes for a text.
    ///
    /// - Parameter target: path and query.
    /// - Returns: the lines, with nothing in them that could steer a terminal.
    /// - Throws: what the gateway says against it.
    func lines(_ target: String) async throws(CommandFailure) -> [String] {
        let text = String(buffer: try await self.body(target))
        return text.split(whereSeparator: \.isNewline).map { String($0).escapedForTerminal }
    }

    private func body(
        _ target: String,
        method: HTTPMethod = .GET,
        json: JSONText? = nil
    ) async throws(CommandFailure) -> ByteBuffer {
        let request = HTTPRequest(method: method, target: target, body: json.map { ByteBuffer(bytes: $0.bytes) })
        let reply = try await self.send(self.signed(request))
        guard reply.status == 200 else { throw self.failure(reply, request) }
        return reply.body
    }

    /// Sends a file, as long as it takes.
    ///
    /// - Parameters:
    ///   - body: the body of the request.
    ///   - target: path and query.
    /// - Throws: what the gateway says against it.
    func upload<Value: JSONReadable & Sendable>(
        _ body: StreamedBody,
        to target: String
    ) async throws(CommandFailure) -> Value {
        var request = HTTPRequest(method: .POST, target: target)
        request.streamedBody = body
        request.isLong = true
        let reply = try await self.send(self.signed(request))
        guard reply.status == 200 else { throw self.failure(reply, request) }
        guard let value: Value = Self.decoded(reply.body) else {
            throw CommandFailure(.protocolError, "\(self.url) answered \(target) with something other than expected")
        }
        return value
    }

    /// Fetches a file, as long as it takes.
    ///
    /// - Parameters:
    ///   - target: path and query.
    ///   - reader: what takes the bytes.
    /// - Throws: what the gateway says against it, or why the bytes could not be taken.
    func download(_ target: String, to reader: FileReply) async throws(CommandFailure) {
        var request = HTTPRequest(target: target)
        request.isLong = true
        let reply = try await self.send(self.signed(request), reader: reader)
        guard reply.error.status == 0 else { throw self.failure(reply.error, request) }
    }

    /// Follows server-sent events until the gateway ends them.
    ///
    /// - Parameters:
    ///   - target: path and query.
    ///   - onEvent: called with each event.
    /// - Throws: what the gateway says against it, or that it cannot be reached any more.
    func follow(_ target: String, onEvent: @escaping @Sendable (EventStreamReply.Event) -> Void)
        async
        throws(CommandFailure)
    {
        var request = HTTPRequest(target: target)
        request.fields.append(("Accept", "text/event-stream"))
        request.isLong = true
        let reply = try await self.send(self.signed(request), reader: EventStreamReply(onEvent: onEvent))
        guard reply.error.status == 0 else { throw self.failure(reply.error, request) }
        guard reply.isStream else {
            throw CommandFailure(.protocolError, "\(self.url) sends no streams of events: it is an older Paddock")
        }
    }

    private func signed(_ request: HTTPRequest) -> HTTPRequest {
        guard let token = self.token else { return request }
        var request = request
        request.fields.append(("Authorization", "Bearer \(token)"))
        return request
    }

    // MARK: - Replies

    private func send(_ request: HTTPRequest) async throws(CommandFailure) -> WholeReply {
        try await self.send(request, reader: WholeReply())
    }

    private func send<Reader: ReplyReader>(
        _ request: HTTPRequest,
        reader: Reader
    ) async throws(CommandFailure) -> Reader {
        var request = request
        request.fields.append(("Connection", "close"))
        let timeout = request.isLong ? max(self.timeout, Self.patience) : self.timeout
        let failure: HTTPFailure
        do throws(HTTPFailure) {
            let connection = try await HTTPConnection<Reader>.open(to: self.url, timeout: self.timeout)
            let answer = await connection.send(request, reader: reader, timeout: timeout)
            connection.close()
            guard let problem = answer.failure else { return answer.reader }
            failure = problem
        } catch {
            failure = error
        }
        switch failure {
        case .unreachable(let reason):
            throw CommandFailure(
                .unavailable,
                "\(self.url) cannot be reached (\(reason)): is paddock serve running there?",
                reason: reason
            )
        case .timedOut:
            let seconds = timeout.components.seconds
            throw CommandFailure(.unavailable, "\(self.url) has not answered within \(seconds) s")
        case .closed, .cancelled:
            throw CommandFailure(.unavailable, "\(self.url) closed the connection before it answered")
        case .notHTTP:
            throw CommandFailure(.protocolError, "\(self.url) is not Paddock: it does not speak HTTP")
        case .tooLarge:
            throw CommandFailure(.protocolError, "\(self.url) answered with more than \(WholeReply.limit >> 20) MiB")
        case .noFile(let reason):
            throw CommandFailure(request.streamedBody == nil ? .outputError : .noInput, reason)
        }
    }

    /// What an error of the gateway's means for the user.
    private func failure(_ reply: WholeReply, _ request: HTTPRequest) -> CommandFailure {
        let error: ErrorReply? = Self.decoded(reply.body)
        let said = (error?.message ?? error?.error ?? "no reason given").cut(to: 300)
        switch reply.status {
        case 401 where self.credential == .clientKey:
            return CommandFailure(
                .noPermission,
                self.token == nil
                    ? "\(self.url) requires the key of a client: set PADDOCK_KEY or give --key-file"
                    : "\(self.url) refuses the key"
            )
        case 401 where self.token == nil:
            return CommandFailure(
                .noPermission,
                "\(self.url) requires its admin token: set PADDOCK_ADMIN_TOKEN or give --token-file"
            )
        case 401:
            return CommandFailure(.noPermission, "\(self.url) refuses the admin token")
        case 403:
            return CommandFailure(.noPermission, "\(self.url) refuses: \(said)")
        case 400, 404, 409, 413:
            // A route that this Paddock does not have is no matter of the user's data, but a job or a file that it does not have is.
            let objects = ["/v1/batches/", "/v1/files/", "/admin/batches/"]
            let namesAnObject = objects.contains { request.target.hasPrefix($0) }
            let isUnknownRoute = error?.code == "not_found" && !namesAnObject
            return CommandFailure(isUnknownRoute ? .protocolError : .badData, "\(self.url) says: \(said)")
        case 501:
            return CommandFailure(.unavailable, "\(self.url) says: \(said)")
        case 429, 502, 503, 504, 507:
            return CommandFailure(.unavailable, "\(self.url) cannot do this now: \(said)")
        default:
            let what = "\(request.method) \(request.target)".cut(to: 80)
            return CommandFailure(.protocolError, "\(self.url) answered \(what) with \(reply.status): \(said)")
        }
    }

    private static func decoded<Value: JSONReadable>(_ body: ByteBuffer) -> Value? {
        try? Value(json: JSONValue(parsing: Array(body.readableBytesView)))
    }

    /// The JSON of a reply on one line, with nothing in it that could steer a terminal.
    static func text(_ body: ByteBuffer) -> JSONText {
        var text = ""
        for scalar in String(buffer: body).unicodeScalars {
            switch scalar {
            case "\n", "\r", "\t":
                // Between values; inside a string JSON has them only escaped.
                break
            case _ where String(scalar).escapedForTerminal.unicodeScalars.count > 1:
                // Only a string can hold it, and there this means the same.
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default:
                text.unicodeScalars.append(scalar)
            }
        }
        return JSONText(verbatim: text)
    }
}
