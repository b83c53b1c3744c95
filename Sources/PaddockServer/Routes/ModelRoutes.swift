// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy

/// `/admin/models/…` (contract sections 7 and 20).
struct ModelRoutes: Sendable {
    private let services: GatewayServices

    init(_ services: GatewayServices) { self.services = services }

    /// Has backends unload a model.
    func unload(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let body = try ModelBody(json: request.body, takesBackend: true)
        return .later { responder in
            Task {
                do throws(ErrorReply) {
                    responder.reply(try await self.unload(body, by: request))
                } catch {
                    responder.reply(OwnReply(error))
                }
            }
        }
    }

    private func unload(_ body: ModelBody, by request: OwnRequest) async throws(ErrorReply) -> OwnReply {
        let model = body.model
        guard OperatorKey.pinned(model).configured(in: self.services.settings.configuration) == "false" else {
            throw ErrorReply(
                409,
                "model_pinned",
                "\(model) is pinned, and would be loaded again at once: unpin it first"
            )
        }
        let answers = try await self.services.roster.unload(model, on: body.backend)
        if answers.isEmpty {
            let place = body.backend.map { "on \($0)" } ?? "on any backend, as far as they say what they have loaded"
            throw ErrorReply(404, "not_loaded", "\(model) is not loaded \(place)")
        }
        let done = answers.filter(\.isDone).map(\.url.description)
        guard !done.isEmpty else {
            let failed = answers.map(\.url.description).joined(separator: ", ")
            throw ErrorReply(502, "backend_error", "\(failed) did not answer within 5 s that \(model) is unloaded")
        }
        var event = GatewayEvent(.modelUnloaded, model.description)
        (event.after, event.actor) = ("not loaded on \(done.joined(separator: ", "))", request.actor)
        self.services.events.note(event)
        let active = self.services.admission.snapshot(now: .now()).model(model)?.active ?? 0
        return OwnReply(
            json: .object { json in
                json.member("model", model.description)
                json.array("backends") { json in
                    for answer in answers {
                        json.object { json in
                            json.member("url", answer.url.description)
                            json.member("unloaded", answer.isDone)
                        }
                    }
                }
                json.member("active_requests", active)
                json.member("status", "unloaded")
            }
        )
    }

    /// Keeps a model loaded from now on.
    func pin(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer { try self.pin(true, .modelPinned, request) }

    /// Lets a model give way to others from now on.
    func unpin(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer { try self.pin(false, .modelUnpinned, request) }

    private func pin(_ isPinned: Bool, _ kind: GatewayEvent.Kind, _ request: OwnRequest) throws(ErrorReply) -> OwnAnswer
    {
        let model = try ModelBody(json: request.body, takesBackend: false).model
        guard !isPinned || !model.isRemote else {
            throw .invalidRequest("\(model) is a model of the cloud, which is loaded nowhere")
        }
        return .later { [services] responder in
            Task {
                let before = await services.settings.change(.pinned(model), to: String(isPinned))
                // What was so already is no event.
                if before != String(isPinned) { services.note(kind, model.description, by: request) }
                let fleet = services.admission.snapshot(now: .now()).fleet
                responder.reply(
                    OwnReply(
                        json: .object { json in
                            json.member("model", model.description)
                            json.member("pinned", isPinned)
                            json.member(
                                "loaded",
                                fleet.backends.contains { $0.residents.contains { $0.name == model } }
                            )
                            json.member("status", isPinned ? "pinned" : "unpinned")
                        }
                    )
                )
            }
        }
    }
}

/// The body of a request about a model: its name, and perhaps a backend.
private struct ModelBody: Sendable {
    let model: ModelName
    private(set) var backend: BackendURL?

    /// - Parameters:
    ///   - json: the body.
    ///   - takesBackend: whether it may name a backend.
    /// - Throws: 400 `invalid_request`, with what would be right.
    init(json: [UInt8], takesBackend: Bool) throws(ErrorReply) {
        let example = takesBackend ? #"{"model":"llama2","backend":"http://10.0.0.12:11434"}"# : #"{"model":"llama2"}"#
        let allowed: Set = takesBackend ? ["model", "backend"] : ["model"]
        guard let fields = (try? JSONValue(parsing: json))?.object,
            fields.members.count == Set(fields.members.map(\.key)).count,
            allowed.isSuperset(of: fields.members.map(\.key))
        else {
            throw .invalidRequest("the body must be a JSON object such as \(example)")
        }
        guard let model = fields["model"]?.string.flatMap({ ModelName($0) }) else {
            throw .invalidRequest("\"model\" must be a model name such as \"llama2\"")
        }
        self.model = model
        guard takesBackend, let backend = fields["backend"], backend != .null else { return }
        guard let text = backend.string else {
            throw .invalidRequest("\"backend\" must be a URL such as \"http://10.0.0.12:11434\"")
        }
        do throws(ConfigurationError) { self.backend = try BackendURL(text) } catch {
            throw .invalidRequest("\(error)")
        }
    }
}
