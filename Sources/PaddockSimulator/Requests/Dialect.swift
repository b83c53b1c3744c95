// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1
import PaddockJSON

/// Whose shape an error takes.
enum Dialect: Equatable, Sendable {
    case ollama
    case openAI
    case anthropic

    /// The body of an error reply, as Ollama writes it on the routes of this dialect.
    func errorBody(status: HTTPResponseStatus, message: String) -> JSONText {
        switch self {
        case .ollama:
            return #"{"error":\#(message)}"#
        case .openAI:
            return #"{"error":{"message":\#(message),"type":\#(Self.errorType(status)),"param":null,"code":null}}"#
        case .anthropic:
            return
                #"{"type":"error","error":{"type":\#(Self.errorType(status)),"message":\#(message)},"request_id":"req_sim"}"#
        }
    }

    /// The end of a stream that fails, as its status has been sent.
    func errorEvent(status: HTTPResponseStatus, message: String) -> JSONText {
        let body = self.errorBody(status: status, message: message)
        switch self {
        case .ollama: return "\(body)\n"
        case .openAI: return "data: \(body)\n\n"
        case .anthropic: return "event: error\ndata: \(body)\n\n"
        }
    }

    private static func errorType(_ status: HTTPResponseStatus) -> String {
        switch status {
        case .notFound: return "not_found_error"
        case .badRequest: return "invalid_request_error"
        default: return "api_error"
        }
    }
}
