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

    private let admission: AdmissionController
    private let backends: [Backend]
    private let history: RequestHistory

    package init(admission: AdmissionController, backends: [Backend], history: RequestHistory) {
        self.admission = admission
        self.backends = backends
        self.history = history
    }

    /// The requests that are active or wait, of all models or of one.
    func list(_ request: OwnRequest) -> OwnReply {
        var requests = self.admission.requests(now: .now())
        if let name = request.queryModel {
            guard let model = ModelName(name) else { return .unknownModel(name, self.admission.snapshot(now: .now())) }
            requests.removeAll { $0.model != model }
        }
        var limit = Self.defaultLimit
        if let text = request.queryValue("limit") {
            guard let number = Int(text), Self.limits.contains(number) else {
                let range = "\(Self.limits.lowerBound) to \(Self.limits.upperBound)"
                return OwnReply(ErrorReply(400, "invalid_request", "limit must be an integer from \(range)"), .ollama)
            }
            limit = number
        }
        return OwnReply(
            json: .object([
                ("total", .integer(requests.count)),
                ("requests", .array(requests.prefix(limit).map { self.rendering(of: $0) })),
            ])
        )
    }

    /// Where one request stands, or what became of it.
    func show(_ request: OwnRequest) -> OwnReply {
        let id = String(request.path.dropFirst(Self.prefix.count))
        let live = { self.admission.requests(now: .now()).last { $0.id == id } }
        // It may end between the two looks, but not before the first and after the second.
        if let reading = live() { return OwnReply(json: self.rendering(of: reading)) }
        if let story = self.history.story(id) { return OwnReply(json: self.rendering(of: story)) }
        return Self.unknown(id)
    }

    /// Cancels one request.
    func cancel(_ request: OwnRequest) -> OwnReply {
        let id = String(request.path.dropFirst(Self.adminPrefix.count))
        guard self.admission.cancel(id: id, now: .now()) else { return Self.unknown(id) }
        return OwnReply(json: .object([("status", .string("cancelled")), ("id", .string(id))]))
    }

    private static func unknown(_ id: String) -> OwnReply {
        let message =
            "no request \"\(id.prefix(128))\" waits, is active, or is among the last \(RequestHistory.capacity) that ended"
        return OwnReply(ErrorReply(404, "unknown_request", message), .ollama)
    }

    private func url(_ backend: Int?) -> OrderedJSON { backend.map { .string(self.backends[$0].url) } ?? .null }

    private func rendering(of reading: RequestSnapshot) -> OrderedJSON {
        .object([
            ("id", .string(reading.id)),
            ("model", .string(reading.model.description)),
            ("client", .string(reading.client)),
            ("class", .string(reading.requestClass.name)),
            ("state", .string(reading.place == 0 ? "active" : "queued")),
            ("position", .integer(reading.place)),
            ("waited_ms", .milliseconds(reading.waited)),
            ("estimated_start_ms", .milliseconds(reading.estimatedStart)),
            ("backend", self.url(reading.backend)),
            ("processing_ms", .milliseconds(reading.processing)),
        ])
    }

    private func rendering(of story: RequestStory) -> OrderedJSON {
        .object([
            ("id", .string(story.id)),
            ("model", .string(story.model.description)),
            ("client", .string(story.client)),
            ("class", .string(story.requestClass.name)),
            ("state", .string("ended")),
            ("outcome", .string(story.outcome.rawValue)),
            ("code", story.code.map { .string($0) } ?? .null),
            ("status", story.status.map { .integer($0) } ?? .null),
            ("arrived", .string(story.arrived.timeOfDay.iso8601)),
            ("queued_behind", story.place.map { .integer(max(0, $0 - 1)) } ?? .null),
            ("waited_ms", .milliseconds(story.waited)),
            ("estimated_wait_ms", .milliseconds(story.estimatedWait)),
            ("backend", self.url(story.backend)),
            ("chosen_by", story.rule.map { .string($0.name) } ?? .null),
            ("first_byte_ms", .milliseconds(story.firstByte)),
            ("processing_ms", .milliseconds(story.processing)),
            ("bytes", .integer(story.bytes)),
            ("chunks", .integer(story.chunks)),
        ])
    }
}

extension OrderedJSON {
    /// A duration in milliseconds with three decimals; null where there is none.
    static func milliseconds(_ duration: Duration?) -> OrderedJSON {
        duration.map { .number($0.milliseconds.rounded(decimals: 3)) } ?? .null
    }
}

extension OwnRequest {
    /// The value of a name in the query that needs no escapes.
    fileprivate func queryValue(_ name: String) -> String? {
        for pair in (self.query ?? "").split(separator: "&") where pair.hasPrefix(name + "=") {
            return String(pair.dropFirst(name.utf8.count + 1))
        }
        return nil
    }
}
