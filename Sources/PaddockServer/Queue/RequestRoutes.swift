// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
internal import PaddockHTTP
package import PaddockProxy

/// `/queue/requests`, `/queue/requests/{id}` and `DELETE /admin/queue/requests/{id}` (contract section 13).
package struct RequestRoutes: Sendable {
    /// Where a request's id begins in a path.
    static let prefix = "/queue/requests/"
    /// The same among the admin routes.
    static let adminPrefix = "/admin" + Self.prefix

    private static let limits = 1...10_000
    private static let defaultLimit = 1_000

    private let unknown: SharedAnswer
    private let lists: SharedAnswer
    private let lookUps: SharedAnswer
    private let cancels: SharedAnswer

    package init(
        admission: AdmissionController,
        backends: [Backend],
        history: RequestHistory,
        unknown: SharedAnswer
    ) {
        let rendering = RequestRendering(backends)
        self.unknown = unknown
        self.lists = SharedAnswer(toEach: { query in
            let model = query.queryModel.flatMap { ModelName($0) }
            let requests = admission.requests(of: model, now: .now())
            let shown = requests.prefix(query.listLimit ?? Self.defaultLimit)
            return OwnReply(
                json: .object([
                    ("total", .integer(requests.count)),
                    ("requests", .array(shown.map { rendering.json($0) })),
                ])
            )
        })
        self.lookUps = SharedAnswer(toAll: { ids in
            let live = admission.requests(withIDs: Set(ids), now: .now())
            // It may end between the two looks, but not before the first and after the second.
            let stories = history.stories(Set(ids.filter { live[$0] == nil }))
            return ids.map { id in
                live[id].map { OwnReply(json: rendering.json($0)) }
                    ?? stories[id].map { OwnReply(json: rendering.json($0)) } ?? Self.unknownRequest(id)
            }
        })
        self.cancels = SharedAnswer(toEach: { id in
            guard admission.cancel(id: id, now: .now()) else { return Self.unknownRequest(id) }
            return OwnReply(json: .object([("status", .string("cancelled")), ("id", .string(id))]))
        })
    }

    /// The requests that are active or wait, of all models or of one.
    func list(_ request: OwnRequest) -> OwnAnswer {
        let query = request.query ?? ""
        if let name = query.queryModel, ModelName(name) == nil { return .unknownModel(name, self.unknown) }
        guard query.listLimit.map(Self.limits.contains) ?? (query.queryValue("limit") == nil) else {
            let range = "\(Self.limits.lowerBound) to \(Self.limits.upperBound)"
            let error = ErrorReply(400, "invalid_request", "limit must be an integer from \(range)")
            return .now(OwnReply(error, .ollama))
        }
        return .later(self.lists, question: query)
    }

    /// Where one request stands, or what became of it.
    func show(_ request: OwnRequest) -> OwnAnswer {
        self.answer(request.path.dropFirst(Self.prefix.count), self.lookUps)
    }

    /// Cancels one request.
    func cancel(_ request: OwnRequest) -> OwnAnswer {
        self.answer(request.path.dropFirst(Self.adminPrefix.count), self.cancels)
    }

    private func answer(_ id: Substring, _ answer: SharedAnswer) -> OwnAnswer {
        // No request has another.
        isFitRequestID(Array(id.utf8).span)
            ? .later(answer, question: String(id)) : .now(Self.unknownRequest(String(id)))
    }

    private static func unknownRequest(_ id: String) -> OwnReply {
        let message =
            "no request \"\(id.prefix(128))\" waits, is active, or is among the last \(RequestHistory.capacity) that ended"
        return OwnReply(ErrorReply(404, "unknown_request", message), .ollama)
    }

}

extension String {
    /// Of a query, how many requests it asks for; nil where it does not say, or no number.
    fileprivate var listLimit: Int? { self.queryValue("limit").flatMap { Int($0) } }

    /// Of a query, the value of a name that needs no escapes.
    fileprivate func queryValue(_ name: String) -> String? {
        for pair in self.split(separator: "&") where pair.hasPrefix(name + "=") {
            return String(pair.dropFirst(name.utf8.count + 1))
        }
        return nil
    }
}
