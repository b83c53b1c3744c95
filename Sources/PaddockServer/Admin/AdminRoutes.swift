// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
internal import PaddockConfiguration
package import PaddockProxy

/// `/admin/…` (contract section 7).
package struct AdminRoutes: Sendable {
    private let admission: AdmissionController
    private let requests: RequestRoutes
    private let guardian: AdminGuard
    private let log: LogLevelSetting
    private let unknown: SharedAnswer

    package init(
        admission: AdmissionController,
        requests: RequestRoutes,
        guardian: AdminGuard,
        log: LogLevelSetting,
        unknown: SharedAnswer
    ) {
        self.admission = admission
        self.requests = requests
        self.guardian = guardian
        self.log = log
        self.unknown = unknown
    }

    package func answer(to request: OwnRequest) -> OwnAnswer {
        if let refusal = self.guardian.refusal(of: request) { return .now(OwnReply(refusal, .ollama)) }
        switch request.path {
        case "/admin/queue/reset": return self.post(request) { self.reset(request) }
        case "/admin/queue/update": return self.post(request) { .now(self.update(request)) }
        case let path where path.hasPrefix(RequestRoutes.adminPrefix):
            guard request.method == "DELETE" else { return .now(.methodNotAllowed(request, allowed: "DELETE")) }
            return self.requests.cancel(request)
        case "/admin/log": return self.logLevel(request)
        default: return .now(.notFound(request.path))
        }
    }

    private func post(_ request: OwnRequest, _ answer: () -> OwnAnswer) -> OwnAnswer {
        guard request.method == "POST" else { return .now(.methodNotAllowed(request, allowed: "POST")) }
        guard request.body.isEmpty || request.hasJSONBody else {
            // What a form of a foreign page can send without asking is no JSON.
            let message = "the body must be sent with Content-Type: application/json"
            return .now(OwnReply(ErrorReply(400, "invalid_request", message), .ollama))
        }
        return answer()
    }

    /// Reads or changes the level of the process's own messages.
    private func logLevel(_ request: OwnRequest) -> OwnAnswer {
        switch request.method {
        case "GET", "HEAD":
            return .now(self.level)
        case "POST":
            return self.post(request) {
                do throws(LogLevelUpdate.Problem) {
                    self.log.level = try LogLevelUpdate(json: request.body).level
                } catch {
                    return .now(OwnReply(ErrorReply(400, "invalid_request", error.description), .ollama))
                }
                return .now(self.level)
            }
        default:
            return .now(.methodNotAllowed(request, allowed: "GET, HEAD, POST"))
        }
    }

    private var level: OwnReply { OwnReply(json: .object([("level", .string(self.log.level.rawValue))])) }

    private func reset(_ request: OwnRequest) -> OwnAnswer {
        guard let name = request.queryModel else {
            self.admission.resetTotals(model: nil, now: .now())
            return .now(Self.success("the totals of all models are zero"))
        }
        guard let model = ModelName(name), self.admission.resetTotals(model: model, now: .now()) else {
            return .unknownModel(name, self.unknown)
        }
        return .now(Self.success("the totals of model \(model) are zero"))
    }

    private static func success(_ message: String) -> OwnReply {
        OwnReply(json: .object([("status", .string("success")), ("message", .string(message))]))
    }

    private func update(_ request: OwnRequest) -> OwnReply {
        let update: LimitUpdate
        do {
            update = try LimitUpdate(json: request.body)
        } catch {
            return OwnReply(ErrorReply(400, "invalid_request", error.description), .ollama)
        }
        let limits = self.admission.updateLimits(
            model: update.model,
            parallel: update.parallel,
            queue: update.queue,
            now: .now()
        )
        return OwnReply(
            json: .object([
                ("model", .string(update.model.description)),
                ("parallel_limit", .integer(limits.parallel)),
                ("queue_limit", .integer(limits.queue)),
                ("status", .string("updated")),
            ])
        )
    }
}

extension OwnRequest {
    /// Whether `Content-Type` says `application/json`.
    fileprivate var hasJSONBody: Bool {
        let type = self.contentType?.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        return type?.lowercased() == "application/json"
    }
}
