// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import PaddockJSON

/// A reply in one piece.
struct HTTPReply {
    var status: HTTPResponseStatus = .ok
    var contentType: String?
    var body = ByteBuffer()
    var headers: [(String, String)] = []

    /// As gin writes JSON on `/api`.
    static func json(_ text: JSONText, status: HTTPResponseStatus = .ok) -> HTTPReply {
        HTTPReply(status: status, contentType: "application/json; charset=utf-8", body: text.buffer)
    }

    /// As Ollama writes JSON on `/v1`.
    static func openAI(_ text: JSONText, status: HTTPResponseStatus = .ok) -> HTTPReply {
        HTTPReply(status: status, contentType: "application/json", body: text.buffer)
    }

    static func text(_ text: String, status: HTTPResponseStatus = .ok) -> HTTPReply {
        HTTPReply(status: status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text))
    }

    static func error(_ error: RequestError, _ dialect: Dialect) -> HTTPReply {
        let body = dialect.errorBody(status: error.status, message: error.message)
        return dialect == .ollama ? .json(body, status: error.status) : .openAI(body, status: error.status)
    }
}
