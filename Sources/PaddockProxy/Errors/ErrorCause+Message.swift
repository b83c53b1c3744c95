// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockHTTP

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
