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
    private let services: GatewayServices
    private let lookUps: SharedAnswer
    /// The question is the query.
    private let lists: SharedAnswer

    init(_ services: GatewayServices) {
        let rendering = RequestRendering(backends: services.backends)
        let (admission, history) = (services.admission, services.history)
        self.services = services
        self.lists = SharedAnswer(
            on: services.renderer,
            toAll: { questions in
                questions.map { question in
                    do throws(ErrorReply) {
                        let request = OwnRequest(method: "GET", path: "/queue/requests", query: question)
                        let search = try RequestSearch(request)
                        let found = search.isEnded ? nil : admission.requests(of: search.model, now: .now())
                        let live = found?.filter(search.contains) ?? []
                        let ended = search.isEnded ? history.reading.records.filter(search.contains) : []
                        return OwnReply(
                            json: .object { json in
                                json.member("total", live.count + ended.count)
                                json.member(
                                    "requests",
                                    live.prefix(search.limit).map { rendering.json($0) }
                                        + ended.prefix(search.limit).map { rendering.json($0) }
                                )
                            }
                        )
                    } catch {
                        return OwnReply(error)
                    }
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
                    let json = live[id].map { rendering.json($0, hasAddress: false) } ?? ended[id].map(rendering.json)
                    return json.map { OwnReply(json: $0) } ?? OwnReply(Self.unknownRequest(id))
                }
            }
        )
    }

    /// The requests that are active or wait, or the last ones that ended; those that the query asks for.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let search = try RequestSearch(request)
        if search.model == nil, let name = request.queryModel { return self.services.unknownModel.answer(toName: name) }
        return self.lists.answer(request.query ?? "")
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

    /// The id that the path of a request names.
    static func id(_ request: OwnRequest) throws(ErrorReply) -> String {
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
