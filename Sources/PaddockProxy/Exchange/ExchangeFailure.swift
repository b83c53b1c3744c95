// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

/// Why an exchange did not end with the backend's full reply, by whose fault.
enum ExchangeFailure: Equatable {
    /// The client did not finish the head in time.
    case headTimedOut
    /// The client did not finish the body in time.
    case bodyTimedOut
    /// The backend did not answer, or fell silent, within `request_timeout`.
    case timedOut
    /// An operator cancelled the request.
    case cancelledByAdmin
    /// No backend accepts a connection; the text says why.
    case backendUnreachable(String)
    /// Paddock itself lacks what a connection needs; the text says what.
    case outOfResources(String)
    /// The backend closed the connection before its reply was complete.
    case backendBrokeOff
    /// The backend sent what is no HTTP; the text says which rule it broke.
    case backendSpokeNonsense(String)

    /// How the request counts in the statistics.
    var outcome: Outcome {
        switch self {
        case .timedOut: .timedOut
        case .headTimedOut, .bodyTimedOut, .cancelledByAdmin: .cancelled
        case .backendUnreachable, .outOfResources, .backendBrokeOff, .backendSpokeNonsense: .failed
        }
    }

    /// The answer to the client.
    ///
    /// It says where sending the same again can only take as long again: the OpenAI and Anthropic SDKs repeat 408 and whatever is
    /// 500 and above by themselves.
    func reply(_ context: FailureContext) -> ErrorReply {
        var reply = self.answer(context)
        switch self {
        case .bodyTimedOut, .timedOut, .cancelledByAdmin, .backendSpokeNonsense: reply.isFinal = true
        case .headTimedOut, .backendUnreachable, .outOfResources, .backendBrokeOff: break
        }
        return reply
    }

    private func answer(_ context: FailureContext) -> ErrorReply {
        let model = context.model
        return switch self {
        case .headTimedOut:
            ErrorReply(
                408,
                "request_timeout",
                "the request head was not complete \(ExchangeStateMachine.headTimeout.secondsText) s after its"
                    + " first byte: send it at once"
            )
        case .bodyTimedOut:
            ErrorReply(
                408,
                "request_timeout",
                "the request body was not complete within \(context.timeout.secondsText) s, \(context.bytesIn) bytes of it"
                    + " had come: send it faster, or allow more time"
            )
        case .timedOut:
            ErrorReply(504, "timeout", context.timeoutMessage, model: model)
        case .cancelledByAdmin:
            .cancelledByAdmin(model: model)
        case .backendUnreachable(let reason):
            ErrorReply(502, "backend_error", "no backend can be reached (\(reason)): is Ollama running?", model: model)
        case .outOfResources(let reason):
            ErrorReply(
                503,
                "out_of_resources",
                "the gateway itself cannot make a connection to the backend (\(reason)): retry in 1 s, or raise its limits"
                    + " (open files: ulimit -n, LimitNOFILE)",
                model: model,
                retryAfter: 1
            )
        case .backendBrokeOff:
            ErrorReply(
                502,
                "backend_error",
                "the backend closed the connection\(context.afterTime) before its answer was complete: retry, or look at its log",
                model: model
            )
        case .backendSpokeNonsense(let reason):
            ErrorReply(
                502,
                "backend_error",
                "the backend did not answer in HTTP/1.1 (\(reason)): is the backend's URL right?",
                model: model
            )
        }
    }
}

extension ErrorReply {
    /// The answer to a request that an operator cancelled, queued or active.
    static func cancelledByAdmin(model: String?) -> ErrorReply {
        var reply = ErrorReply(
            503,
            "cancelled_by_admin",
            "an operator of the gateway cancelled this request: do not send it again unasked",
            model: model
        )
        reply.isFinal = true
        return reply
    }
}
