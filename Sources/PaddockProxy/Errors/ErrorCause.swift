// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
internal import PaddockHTTP

/// Why a request on its way to a backend gets an error of ours: the list of contract section 5.
///
/// A new cause is a case here, and what the compiler then asks for.
package enum ErrorCause: Error, Equatable, Sendable {
    /// The head breaks the grammar of HTTP; the text says which rule.
    case malformedHead(String)
    /// The head is longer than 64 KiB, or has more than 1,000 fields.
    case headTooLarge
    /// The client speaks TLS.
    case speaksTLS
    /// The client did not finish the head within 30 s.
    case headTimedOut
    /// The client did not finish the body within `request_timeout`.
    case bodyTimedOut
    /// Nothing of an upload has arrived for 30 s.
    case uploadStalled
    /// The body is longer than it may be.
    ///
    /// - Parameters:
    ///   - bytes: Its length; nil if it is not known.
    ///   - limit: The most bytes that are allowed.
    ///   - isSetting: Whether the limit is `max_body_bytes`.
    case bodyTooLarge(bytes: Int?, limit: Int, isSetting: Bool)
    /// The body is compressed in a way that is not understood on its route.
    case unsupportedEncoding(String)
    /// The body is compressed with zstd, and the machine has no library for it.
    case zstandardMissing
    /// The body names no model; the text says why.
    case invalidBody(String)
    /// The request carries no key, and the gateway asks for one.
    case keyMissing
    /// `Host` names another machine.
    case foreignHost
    /// A page that is not allowed asks whether it may use the gateway.
    case foreignOrigin
    /// Requests hold all the memory that they may.
    ///
    /// - Parameters:
    ///   - held: The bytes that are held.
    ///   - limit: `max_queued_bytes`.
    ///   - retryAfter: Whole seconds, 1 to 60.
    case memoryFull(held: Int, limit: Int, retryAfter: Int)
    /// The admission gives it no slot.
    case rejected(Rejection)
    /// All places of an event stream are taken.
    case tooManySubscribers(limit: Int)
    /// No slot, no answer, or no more of a stream within the request's time.
    case timedOut
    /// An operator cancelled the request, queued or active.
    case cancelledByAdmin
    /// No backend accepts a connection; the text says why.
    case backendUnreachable(String)
    /// Paddock itself lacks what a connection needs; the text says what.
    case outOfResources(String)
    /// The backend closed the connection before its reply was complete.
    case backendBrokeOff
    /// The backend ended its stream with an error, which its client has: the status had been sent.
    case backendEndedInError
    /// The backend sent something that is not HTTP; the text says which rule it broke.
    case backendNotHTTP(String)
    /// A stream that began while the request waited got something other than a stream.
    ///
    /// - Parameters:
    ///   - status: The status of the backend's reply.
    ///   - text: The beginning of its body.
    case backendSentNoStream(status: Int, text: String)
    /// No backend answers with a list of models.
    case noList(route: String, reasons: String)

    /// The answer while Paddock drains, for a request that belongs to no queue.
    package static let shuttingDown = ErrorCause.rejected(.shuttingDown(retryAfter: 1))

    /// What every answer with this cause has in common.
    package var entry: Entry {
        switch self {
        case .malformedHead, .invalidBody: Entry(400, "invalid_request", .refused)
        case .keyMissing: Entry(401, "unauthorized", .refused)
        case .foreignHost, .foreignOrigin: Entry(403, "forbidden", .refused)
        case .headTimedOut: Entry(408, "request_timeout", .refused)
        case .bodyTimedOut, .uploadStalled: Entry(408, "request_timeout", .refused, isFinal: true)
        case .bodyTooLarge: Entry(413, "body_too_large", .refused)
        case .unsupportedEncoding, .zstandardMissing: Entry(415, "unsupported_encoding", .refused)
        case .headTooLarge: Entry(431, "headers_too_large", .refused)
        // The answer is an alert of TLS, which has no status.
        case .speaksTLS: Entry(0, "tls_not_supported", .refused)
        case .backendUnreachable, .backendBrokeOff, .backendEndedInError: Entry(502, "backend_error", .failed)
        case .backendSentNoStream, .noList: Entry(502, "backend_error", .failed)
        case .backendNotHTTP: Entry(502, "backend_error", .failed, isFinal: true)
        case .memoryFull: Entry(503, "queue_full", .rejected)
        case .rejected(.queueFull): Entry(503, "queue_full", .rejected)
        case .rejected(.shuttingDown): Entry(503, "shutting_down", .rejected)
        case .rejected(.noBackend): Entry(503, "no_backend", .rejected)
        case .rejected(.wouldTimeOut): Entry(503, "would_time_out", .wouldTimeOut)
        case .rejected(.overQuota(.model)): Entry(403, "model_not_allowed", .rejected, isFinal: true)
        case .rejected(.overQuota(.tokensPerDay(let limit, let used, _, _))):
            Entry(429, "insufficient_quota", .rejected, isFinal: used >= limit)
        case .rejected(.overQuota): Entry(429, "rate_limit_exceeded", .rejected)
        case .rejected(.cancelledByAdmin), .cancelledByAdmin:
            Entry(503, "cancelled_by_admin", .cancelled, isFinal: true)
        case .tooManySubscribers: Entry(503, "too_many_subscribers", .rejected)
        case .outOfResources: Entry(503, "out_of_resources", .failed)
        case .timedOut: Entry(504, "timeout", .timedOut, isFinal: true)
        }
    }

    /// One line of the list.
    package struct Entry: Sendable {
        /// The HTTP status.
        package let status: Int
        /// The code that a program can act on.
        package let code: String
        /// How the request ended.
        package let ending: Ending
        /// Whether a retry would only do the same harm again.
        package let isFinal: Bool

        fileprivate init(
            _ status: Int,
            _ code: String,
            _ ending: Ending,
            isFinal: Bool = false
        ) {
            self.status = status
            self.code = code
            self.ending = ending
            self.isFinal = isFinal
        }
    }

    /// After how many seconds another try is worth it, 1 to 60, or up to a day for a quota; nil if that is not known.
    var retryAfter: Int? {
        switch self {
        case .rejected(let rejection): rejection.retryAfter
        case .memoryFull(_, _, let seconds): seconds
        case .tooManySubscribers: 10
        case .outOfResources: 1
        default: nil
        }
    }

    /// Whether Paddock itself lacks something, which is not the backend's fault.
    var isShortage: Bool { if case .outOfResources = self { true } else { false } }

    /// Further header fields of the answer.
    var fields: [(String, String)] { self == .keyMissing ? [("WWW-Authenticate", "Bearer")] : [] }

    /// A problem of a head as a cause.
    init(_ problem: HeadProblem) {
        switch problem {
        case .tooLarge: self = .headTooLarge
        case .malformed(let rule): self = .malformedHead(rule.description)
        }
    }
}

extension ErrorCause {
    /// What was wrong and what would be right, in one sentence with the numbers.
    ///
    /// - Parameter context: The state of the exchange.
    package func message(_ context: ErrorContext) -> String {
        switch self {
        case .malformedHead(let rule): "malformed HTTP/1.1 request: \(rule)"
        case .headTooLarge:
            "the request's headers are too large: the limit is \(HeadScanner.maxHeadBytes) bytes and"
                + " \(MessageHead.maxFields) fields"
        case .speaksTLS: "this port does not speak TLS: use http://"
        case .headTimedOut:
            "the request head was not complete within \(context.timeout.secondsText) s of its first byte: send it faster"
        case .bodyTimedOut:
            "the request body was not complete within \(context.timeout.secondsText) s (\(context.bytesIn) bytes received):"
                + " send it faster, or allow more time"
        case .uploadStalled:
            "nothing of the upload has arrived for 30 s (\(context.bytesIn) bytes received): send it again"
        case .bodyTooLarge(let bytes, let limit, let isSetting):
            "the request body\(bytes.map { " of \($0) bytes" } ?? "") is larger than the limit of \(limit) bytes:"
                + " send a smaller one\(isSetting ? ", or raise max_body_bytes" : "")"
        case .unsupportedEncoding(let name):
            "Content-Encoding \(name.prefix(64)) is not supported here: send the body uncompressed, or zstd to /v1"
        case .zstandardMissing:
            "Content-Encoding zstd needs libzstd.so.1, which the gateway does not have: send the body uncompressed"
        case .invalidBody(let problem): problem
        case .keyMissing:
            "this gateway requires a declared key: send it as Authorization: Bearer KEY or x-api-key: KEY"
        case .foreignHost:
            "Host is neither localhost, nor an address, nor the name of this machine: listen on another address (--host)"
                + " to use other names"
        case .foreignOrigin: "pages of this Origin may not use this gateway: add it to cors_origins"
        case .memoryFull(let held, let limit, let seconds):
            "not enough memory: requests hold \(held) of \(limit) bytes (max_queued_bytes); retry in \(seconds) s"
        case .rejected(let rejection): Self.message(rejection, context)
        case .tooManySubscribers(let limit): "\(limit) clients already follow the events: close another page"
        case .timedOut: context.timeoutMessage
        case .cancelledByAdmin: "an operator of the gateway cancelled this request: do not retry it automatically"
        case .backendUnreachable(let reason): "no backend can be reached (\(reason)): is Ollama running?"
        case .outOfResources(let reason):
            "the gateway itself cannot open a connection to the backend (\(reason)): retry in 1 s, or raise its limits"
                + " (open files: ulimit -n, LimitNOFILE)"
        case .backendBrokeOff:
            "the backend closed the connection\(context.afterTime) before its answer was complete: retry, or see its log"
        case .backendEndedInError: "the backend ended its stream with an error: see the client's reply, or its log"
        case .backendNotHTTP(let reason):
            "the backend's answer is not valid HTTP/1.1 (\(reason)): is the backend's URL right?"
        case .backendSentNoStream(let status, let text):
            "the backend answered with status \(status) instead of a stream: \(text.prefix(512))"
        case .noList(let route, let reasons):
            "no backend answers \(route) with a list of models (\(reasons)): is Ollama running?"
        }
    }

    private static func message(_ rejection: Rejection, _ context: ErrorContext) -> String {
        let name = context.model.map { " of \($0)" } ?? ""
        switch rejection {
        case .queueFull(let waiting, let seconds):
            let problem =
                waiting > 0
                ? "the queue\(name) is full (\(waiting) waiting)"
                : "all slots\(name) are taken, and no request may wait"
            return "\(problem); retry in \(seconds) s"
        case .shuttingDown(let seconds):
            return "Paddock is shutting down; retry in \(seconds) s"
        case .wouldTimeOut(let firstByte, let left, let seconds):
            return
                "the answer would begin in about \(firstByte.shortSecondsText) s, but the request's deadline is in"
                + " \(left.shortSecondsText) s; retry in \(seconds) s, or allow more time"
        case .overQuota(let refusal):
            return Self.message(refusal, context)
        case .noBackend(let seconds):
            let model = context.model.map { "\($0)" } ?? "the model"
            return "all backends that \(model) may use are drained or removed; retry in \(seconds) s"
        case .cancelledByAdmin:
            return ErrorCause.cancelledByAdmin.message(context)
        }
    }

    private static func message(_ refusal: QuotaRefusal, _ context: ErrorContext) -> String {
        switch refusal {
        case .requestsPerMinute(let limit, let seconds):
            "this client has sent the \(limit) requests that it may send in a minute; retry in \(seconds) s"
        case .tokensPerMinute(let limit, let used, let reserved, let seconds):
            "this client may use \(limit) tokens in a minute, has used \(used), and its active requests are expected to use"
                + " \(reserved); retry in \(seconds) s"
        case .tokensPerDay(let limit, let used, let reserved, let seconds):
            "this client may use \(limit) tokens in a day (UTC), has used \(used), and its active requests are expected to use"
                + " \(reserved); retry in \(seconds) s"
        case .queue(let limit, let seconds):
            "this client may have \(limit) requests waiting, and has; retry in \(seconds) s"
        case .model:
            "this client may not use the model\(context.model.map { " \($0)" } ?? ""): ask the operator of the gateway"
        }
    }
}
