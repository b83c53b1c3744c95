// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// What `top` shows below its summary; the number is its key.
enum TopView: Int, CaseIterable, Sendable {
    case models = 1, fleet, requests, clients

    var title: String {
        switch self {
        case .models: "models"
        case .fleet: "fleet"
        case .requests: "requests"
        case .clients: "clients"
        }
    }

    /// All of them with their keys, the open one in brackets.
    static func bar(open: TopView) -> String {
        self.allCases.map { $0 == open ? "[\($0.rawValue) \($0.title)]" : "\($0.rawValue) \($0.title)" }
            .joined(separator: "  ")
    }
}

/// What only one view shows, and so is asked for only while it is open.
struct TopList: Equatable, Sendable {
    /// The requests that run or wait.
    var requests: RequestsReply?
    /// What clients do.
    var clients: [TopClient]?
    /// Why neither can be shown, such as a token that is missing.
    var refusal: String?

    /// Asks what a view shows.
    static func take(_ view: TopView, from gateway: RemoteGateway) async -> TopList {
        var list = TopList()
        do throws(CommandFailure) {
            switch view {
            case .models, .fleet: break
            case .requests:
                let reading: RemoteGateway.Reading<RequestsReply> = try await gateway.ask("/queue/requests?limit=200")
                list.requests = reading.value
            case .clients:
                let reading: RemoteGateway.Reading<TopClientsReply> = try await gateway.ask("/queue/clients?limit=200")
                list.clients = reading.value.clients
                if reading.value.clients == nil {
                    list.refusal =
                        "\(reading.value.total) clients: their names need the admin token (PADDOCK_ADMIN_TOKEN, --token-file)"
                }
            }
        } catch {
            list.refusal = error.message
        }
        return list
    }
}

/// The reply to `GET /queue/clients`.
struct TopClientsReply: Equatable, Sendable, JSONReadable {
    let total: Int
    /// The busiest first; nil if this client may not know them.
    let clients: [TopClient]?

    init(json: JSONValue) throws(JSONMismatch) {
        self.total = try json.member("total")
        self.clients = try json.member("clients")
    }
}

/// A client in it.
struct TopClient: Equatable, Sendable {
    var client: String
    var running = 0
    var waiting = 0
    var share: Double?
    var fairShare: Double?
    var waitMsP90: Double?
    var completed = 0
    var rejected = 0
    var refused = 0
    var tokensOut = 0
}

extension TopClient: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.client = try json.member("client")
        self.running = try json.member("running")
        self.waiting = try json.member("waiting")
        self.share = try json.member("share")
        self.fairShare = try json.member("fair_share")
        self.waitMsP90 = try json.member("wait_ms_p90")
        self.completed = try json.member("completed")
        self.rejected = try json.member("rejected")
        self.refused = try json.member("refused")
        self.tokensOut = try json.member("tokens_out")
    }
}
