// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// What `GET /admin/requests` answers (contract section 21), as far as it is used here.
struct EndedReply: Equatable, Sendable, JSONReadable {
    struct Request: Equatable, Sendable {
        let id: String
        let model: String?
        let client: String
        let outcome: String
        let code: String?
        /// What it was waiting for when its time was up.
        let cause: String?
        let status: Int?
        let arrived: String?
        let waitedMs: Double?
        let processingMs: Double?
        let tokensIn: Int?
        let tokensOut: Int?
        let backend: String?
    }

    let requests: [Request]

    init(json: JSONValue) throws(JSONMismatch) { self.requests = try json.member("requests") }
}

extension EndedReply.Request: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.id = try json.member("id")
        self.model = try json.member("model")
        self.client = try json.member("client")
        self.outcome = try json.member("outcome")
        self.code = try json.member("code")
        self.cause = try json.member("cause")
        self.status = try json.member("status")
        self.arrived = try json.member("arrived")
        self.waitedMs = try json.member("waited_ms")
        self.processingMs = try json.member("processing_ms")
        self.tokensIn = try json.member("tokens_in")
        self.tokensOut = try json.member("tokens_out")
        self.backend = try json.member("backend")
    }
}
