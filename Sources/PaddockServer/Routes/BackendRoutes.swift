// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy

/// `/admin/backends` and what is below it (contract section 7).
struct BackendRoutes: Sendable {
    private let services: GatewayServices

    init(_ services: GatewayServices) { self.services = services }

    /// All backends that are there.
    func list(_ request: OwnRequest) -> OwnAnswer {
        .json(
            .object { json in
                json.array("backends") { json in
                    for (url, state) in zip(
                        self.services.backends.texts,
                        self.services.admission.summary(now: .now()).backends
                    )
                    where state.isListed {
                        json.object { json in
                            json.member("url", url)
                            json.member("state", state.standing.rawValue)
                            json.member("healthy", state.isHealthy)
                            json.member("active_requests", state.active)
                            json.member("slots", state.slots)
                        }
                    }
                }
            }
        )
    }

    /// Gives a backend requests.
    func add(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        self.change(.open(try Self.url(request.body)), to: "open", .backendOpened, request)
    }

    /// Gives a backend no more requests.
    func drain(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        self.change(.drain(try Self.url(request.body)), to: "draining", .backendDrained, request)
    }

    /// Forgets a backend once its last request has ended.
    func remove(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        self.change(.remove(try Self.url(request.body)), to: "removed", .backendRemoved, request)
    }

    private func change(
        _ change: BackendRoster.Change,
        to state: String,
        _ kind: GatewayEvent.Kind,
        _ request: OwnRequest
    ) -> OwnAnswer {
        .later { responder in
            Task {
                let outcome = await self.services.roster.perform(change)
                let reply = Self.reply(outcome, change, state)
                guard case .done = outcome else { return responder.reply(reply) }
                self.services.note(kind, change.url.description, by: request)
                self.services.settings.set([(.backend(change.url), state)]) { responder.reply(reply) }
            }
        }
    }

    private static func reply(_ outcome: BackendRoster.Outcome, _ change: BackendRoster.Change, _ state: String)
        -> OwnReply
    {
        let url = change.url.description
        switch outcome {
        case .done(let answers):
            return OwnReply(
                json: .object { json in
                    json.member("url", url)
                    json.member("state", state)
                    if let answers { json.member("answers", answers) }
                }
            )
        case .unknown:
            return OwnReply(.unknownBackend(change.url))
        case .last:
            return OwnReply(
                ErrorReply(409, "last_backend", "\(url) is the only backend that gets requests: add another one first")
            )
        case .tooMany:
            return OwnReply(
                ErrorReply(
                    409,
                    "too_many_backends",
                    "there have been \(BackendRoster.maxBackends) backends since the start: restart Paddock to add more"
                )
            )
        }
    }

    private static func url(_ body: [UInt8]) throws(ErrorReply) -> BackendURL {
        guard let fields = (try? JSONValue(parsing: body))?.object, fields.members.count == 1,
            let text = fields["url"]?.string
        else {
            throw ErrorReply.invalidRequest(
                "the body must be a JSON object such as {\"url\":\"http://10.0.0.12:11434\"}"
            )
        }
        do throws(ConfigurationError) { return try BackendURL(text) } catch {
            throw ErrorReply.invalidRequest("\(error)")
        }
    }
}

extension ErrorReply {
    /// There is no such backend.
    static func unknownBackend(_ url: BackendURL) -> ErrorReply {
        ErrorReply(404, "unknown_backend", "\(url) is not a backend: GET /admin/backends lists them")
    }
}
