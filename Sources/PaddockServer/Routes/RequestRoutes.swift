// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockHTTP
internal import PaddockJSON
internal import PaddockProxy

/// `/queue/requests`, `/queue/requests/{id}` and `DELETE /admin/queue/requests/{id}` (contract section 13).
struct RequestRoutes: Sendable {
    /// How many requests may be listed.
    private static let limits = 1...10_000
    private static let defaultLimit = 1_000

    private let services: GatewayServices
    private let lookUps: SharedAnswer
    /// The question is the limit, a blank, and the model; none for all models.
    private let lists: SharedAnswer

    init(_ services: GatewayServices) {
        let rendering = RequestRendering(backends: services.backends)
        let admission = services.admission
        self.services = services
        self.lists = SharedAnswer(
            on: services.renderer,
            toAll: { questions in
                questions.map { question in
                    let parts = question.split(separator: " ", maxSplits: 1)
                    let model = parts.count > 1 ? ModelName(String(parts[1])) : nil
                    let requests = admission.requests(of: model, now: .now())
                    let shown = requests.prefix(parts.first.flatMap { Int($0) } ?? Self.defaultLimit)
                    return OwnReply(
                        json: .object { json in
                            json.member("total", requests.count)
                            json.member("requests", shown.map { rendering.json($0) })
                        }
                    )
                }
            }
        )
        self.lookUps = SharedAnswer(
            on: services.renderer,
            toAll: { ids in
                let live = admission.requests(withIDs: Set(ids), now: .now())
                // It may end between the two looks, but not before the first and after the second.
                let ended = services.history.records(Set(ids.filter { live[$0] == nil }))
                return ids.map { id in
                    let json = live[id].map(rendering.json) ?? ended[id].map(rendering.json)
                    return json.map { OwnReply(json: $0) } ?? OwnReply(Self.unknownRequest(id))
                }
            }
        )
    }

    /// The requests that are active or wait, of all models or of one.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        var limit = Self.defaultLimit
        if let text = request.queryValue("limit") {
            guard let number = Int(text), Self.limits.contains(number) else {
                let range = "\(Self.limits.lowerBound) to \(Self.limits.upperBound)"
                throw ErrorReply.invalidRequest("limit must be an integer from \(range)")
            }
            limit = number
        }
        guard let name = request.queryModel else { return self.lists.answer(String(limit)) }
        guard let model = ModelName(name) else { return self.services.unknownModel.answer(toName: name) }
        return self.lists.answer("\(limit) \(model)")
    }

    /// The state of one request, or how it ended.
    func show(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        self.lookUps.answer(try Self.id(request))
    }

    /// Cancels one request.
    func cancel(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let id = try Self.id(request)
        return .later { responder in
            self.services.renderer.async {
                guard self.services.admission.cancel(id: id, now: .now()) else {
                    return responder.reply(OwnReply(Self.unknownRequest(id)))
                }
                self.services.note(.requestCancelled, id, by: request)
                responder.reply(OwnReply(json: #"{"status":"cancelled","id":\#(id)}"#))
            }
        }
    }

    private static func id(_ request: OwnRequest) throws(ErrorReply) -> String {
        // No request has another.
        guard isFitRequestID(Array(request.rest.utf8).span) else { throw Self.unknownRequest(request.rest) }
        return request.rest
    }

    private static func unknownRequest(_ id: String) -> ErrorReply {
        let message =
            "request \"\(id.prefix(128))\" is not queued, active, or among the last \(RequestHistory.arrivalsKept) that ended"
        return ErrorReply(404, "unknown_request", message)
    }
}
