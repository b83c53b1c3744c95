// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockJSON
internal import PaddockProxy

/// What a member asks another one: a request to one of its own routes.
struct MemberQuestion: Sendable {
    /// Who is to answer it, and for whom.
    enum Kind: String, Sendable {
        /// The member that is asked, for itself alone.
        case own
        /// The coordinator, for all: it carries the change out, and has all others carry it out.
        case change
    }

    var kind: Kind
    /// The route, as the table names it.
    var route: String
    var request: OwnRequest

    /// The question as it goes over a link: a line of JSON, and the body.
    var bytes: [UInt8] {
        let head: JSONText = .object { json in
            json.member("kind", self.kind.rawValue)
            json.member("route", self.route)
            json.member("method", self.request.method)
            json.member("path", self.request.path)
            json.member("rest", self.request.rest)
            json.member("query", self.request.query)
            json.member("role", self.request.role.name)
            json.member("has_token", self.request.tokenRole == .admin)
            json.member("tool", self.request.userAgent)
            json.member("owner", self.request.owner?.name)
            json.member("dialect", self.request.dialect == .openAI ? "openai" : nil)
        }
        return Array(head.string.utf8) + [UInt8(ascii: "\n")] + self.request.body
    }

    init(_ kind: Kind, _ route: String, _ request: OwnRequest) {
        (self.kind, self.route, self.request) = (kind, route, request)
    }

    /// Reads a question; nil if it is none of this version.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let head = try? JSONValue(parsing: Array(bytes[..<end])),
            let kind = head["kind"]?.string.flatMap(Kind.init), let route = head["route"]?.string,
            let method = head["method"]?.string, let path = head["path"]?.string,
            let role = head["role"]?.string.flatMap({ name in
                [.stranger, .viewer, .admin].first { (role: Role) in role.name == name }
            })
        else { return nil }
        var request = OwnRequest(
            method: method,
            path: path,
            query: head["query"]?.string,
            body: Array(bytes[(end + 1)...])
        )
        request.rest = head["rest"]?.string ?? ""
        (request.role, request.tokenRole) = (role, head["has_token"]?.bool == true ? .admin : nil)
        (request.userAgent, request.contentType) = (head["tool"]?.string, "application/json")
        request.owner = head["owner"]?.string.map { Client(name: $0) }
        if head["dialect"]?.string == "openai" { request.dialect = .openAI }
        (self.kind, self.route, self.request) = (kind, route, request)
    }
}

/// What it answers: a status, and a body, which is JSON unless the route says something else.
struct MemberAnswer: Sendable {
    private static let finalMark = "!"
    private static let finalField = ("x-should-retry", "false")

    var status: Int
    /// Whether client libraries are told that a retry does no good.
    var isFinal: Bool
    var body: [UInt8]

    init(_ reply: OwnReply) {
        (self.status, self.body) = (reply.status, Array(reply.bytes.readableBytesView))
        self.isFinal = reply.fields.contains { $0 == Self.finalField }
    }

    /// The answer as it goes over a link.
    var bytes: [UInt8] { Array("\(self.status)\(self.isFinal ? Self.finalMark : "")\n".utf8) + self.body }

    /// Reads an answer; nil if it is none.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.prefix(5).firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        var text = String(decoding: bytes[..<end], as: UTF8.self)
        self.isFinal = text.hasSuffix(Self.finalMark)
        if self.isFinal { text.removeLast() }
        guard let status = Int(text), (200...599).contains(status) else { return nil }
        (self.status, self.body) = (status, Array(bytes[(end + 1)...]))
    }

    /// The reply of an own route.
    var reply: OwnReply {
        let fields = self.isFinal ? [Self.finalField] : []
        return OwnReply(self.status, contentType: "application/json", bytes: self.body, fields: fields)
    }
}
