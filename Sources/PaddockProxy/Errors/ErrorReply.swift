// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase
internal import PaddockJSON

/// An error as a client gets it. Those of requests to backends are made of an ``ErrorCause``.
package struct ErrorReply: Error, Equatable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// The code that a program can act on.
    package var code: String
    /// What was wrong and what would be right, in one sentence.
    package var message: String
    /// The model, if it is known.
    package var model: String?
    /// Whole seconds after which another try is worth it: 1 to 60, or up to a day for a quota.
    package var retryAfter: Int?
    /// Whether a retry would only do the same harm again: sent as `x-should-retry: false`.
    package var isFinal = false
    /// What a request whose time is up was waiting for; nil for all other errors.
    package var cause: TimeoutCause?
    /// How long the request might take until its reply began; nil for all other errors.
    package var deadline: Nanoseconds?
    /// Further header fields.
    package var fields: [(String, String)] = []
    /// How a request to a backend ends with it; an own route has completed whatever it answers.
    package var ending = Ending.refused

    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - code: The code that a program can act on.
    ///   - message: What was wrong and what would be right.
    ///   - model: The model. Defaults to nil: not known.
    ///   - retryAfter: Whole seconds from 1 to 60. Defaults to nil: not stated.
    package init(_ status: Int, _ code: String, _ message: String, model: String? = nil, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.model = model
        self.retryAfter = retryAfter
    }

    /// The error of a cause.
    package init(_ cause: ErrorCause, _ context: ErrorContext = ErrorContext()) {
        let entry = cause.entry
        self.init(entry.status, entry.code, cause.message(context), model: context.model, retryAfter: cause.retryAfter)
        self.isFinal = entry.isFinal
        self.fields = cause.fields
        self.ending = entry.ending
        if cause == .timedOut { (self.cause, self.deadline) = (context.stage, context.timeout) }
    }

    package static func == (left: ErrorReply, right: ErrorReply) -> Bool {
        left.status == right.status && left.code == right.code && left.message == right.message
            && left.model == right.model && left.retryAfter == right.retryAfter && left.isFinal == right.isFinal
            && left.cause == right.cause && left.deadline == right.deadline
            && left.fields.elementsEqual(right.fields, by: ==)
    }

    /// The code and the sentence, for clients that show people the field `error` and nothing else.
    package var text: String { "\(self.code): \(self.message)" }

    /// The JSON body in a dialect, without a line break at its end.
    package func body(_ dialect: Dialect) -> String {
        let body: JSONText
        let deadline = self.deadline?.milliseconds ?? 0
        let cause: JSONText = self.cause.map { #","cause":\#($0.rawValue),"deadline_ms":\#(deadline)"# } ?? ""
        switch dialect {
        case .ollama:
            let model: JSONText = self.model.map { #","model":\#($0)"# } ?? ""
            let error: JSONText = #""error":\#(self.text),"code":\#(self.code),"message":\#(self.message)"#
            body = #"{\#(error)\#(model)\#(cause)}"#
        case .openAI:
            let type =
                self.status == 429 ? self.code : self.status < 500 ? "invalid_request_error" : "server_error"
            let error: JSONText = #""message":\#(self.message),"type":\#(type),"code":\#(self.code),"param":null"#
            body = #"{"error":{\#(error)\#(cause)}}"#
        case .anthropic:
            body = #"{"type":"error","error":{"type":\#(self.anthropicType),"message":\#(self.message)\#(cause)}}"#
        }
        return body.string
    }

    private var anthropicType: String {
        switch self.status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 503: "overloaded_error"
        case 504: "timeout_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }
}
