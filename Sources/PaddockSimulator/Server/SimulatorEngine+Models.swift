// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import PaddockJSON

extension SimulatorEngine {
    private static let maxBlobs = 4_096

    private var replies: ModelReplies {
        ModelReplies(clock: self.clock, contextLength: SimulatorOptions.maxContextLength)
    }

    /// Answers the routes that run no model and take no time.
    func answer(_ route: SimulatorRoute, body: ByteBuffer) throws(RequestError) -> HTTPReply {
        switch route {
        case .root: return .text("Ollama is running")
        case .version: return .json(#"{"version":"0.33.0-paddock.sim"}"#)
        case .tags: return .json(self.replies.tags(self.catalogue.models))
        case .running: return .json(self.running())
        case .show: return .json(self.replies.show(try self.model(RequestFields(body: body)).model))
        case .delete: return try self.delete(RequestFields(body: body))
        case .copy: return try self.copy(RequestFields(body: body))
        case .openAIModels: return .openAI(self.replies.openAIList(self.catalogue.models))
        case .openAIModel(let id):
            guard let model = self.catalogue.find(id) else { throw .unknownModel(id) }
            return .openAI(self.replies.openAI(model, id: id))
        case .hasBlob(let digest):
            try Self.check(digest: digest)
            if self.blobs.contains(digest) { return HTTPReply() }
            throw RequestError(.notFound, "blob \"\(digest)\" not found")
        case .createBlob(let digest):
            try Self.check(digest: digest)
            if self.blobs.contains(digest) { return HTTPReply() }
            if self.blobs.count < Self.maxBlobs { self.blobs.insert(digest) }
            return HTTPReply(status: .created)
        case .stats: return .json(SimulatorReplies.stats(self.snapshot))
        case .faults: return .json(SimulatorReplies.faults(self.machine.faults))
        case .setFaults:
            var faults = self.machine.faults
            try faults.change(RequestFields(body: body))
            self.set(faults)
            return .json(SimulatorReplies.faults(faults))
        case .inference, .pull:
            throw RequestError(.internalServerError, "this route is answered elsewhere")
        }
    }

    /// Starts `POST /api/pull`.
    func pull(_ body: ByteBuffer, connection: SimulatorConnection) throws(RequestError) {
        let fields = try RequestFields(body: body)
        let name = try Self.name(fields)
        let found =
            self.catalogue.find(name)
            ?? ModelCatalogue([SimulatorOptions.Model(name: name)], now: self.clock.seconds).find(name)
        guard let model = found, name.utf8.count <= 256 else { throw .badRequest("invalid model name") }
        let streams = try fields.bool("stream") ?? true
        let exchange = PullExchange(model: model, streams: streams, connection: connection, engine: self)
        connection.exchange = exchange
        exchange.start()
    }

    private func running() -> JSONText {
        let now = WallClock.monotonicNow()
        let models = self.machine.runners.compactMap { key, runner -> (Int64, JSONText)? in
            guard let model = self.catalogue.find(key) else { return nil }
            var expiresAt = Int64.max
            if let idle = runner.expiresAt {
                expiresAt = self.clock.nanoseconds(monotonic: self.machine.realTime(idle))
            } else if case .nanoseconds(let time) = runner.keepAlive {
                expiresAt = self.clock.nanoseconds(monotonic: now + time)
            }
            return (expiresAt, self.replies.running(model, runner, expiresAt: expiresAt))
        }
        return #"{"models":\#(models.sorted { $0.0 > $1.0 }.map(\.1))}"#
    }

    private func delete(_ fields: RequestFields) throws(RequestError) -> HTTPReply {
        let (name, model) = try self.model(fields)
        self.forget(model.name)
        _ = self.catalogue.remove(name)
        return HTTPReply()
    }

    private func copy(_ fields: RequestFields) throws(RequestError) -> HTTPReply {
        let source = try fields.string("source") ?? ""
        let destination = try fields.string("destination") ?? ""
        if ModelCatalogue.key(for: source).isEmpty { throw .badRequest("source \"\(source)\" is invalid") }
        if ModelCatalogue.key(for: destination).isEmpty || destination.utf8.count > 256 {
            throw .badRequest("destination \"\(destination)\" is invalid")
        }
        guard let model = self.catalogue.find(source) else {
            throw RequestError(.notFound, "model \"\(source)\" not found")
        }
        guard self.catalogue.install(destination, size: model.size, now: self.clock.seconds) else {
            throw .tooManyModels
        }
        return HTTPReply()
    }

    /// The model that `model`, or the older `name`, names.
    private func model(_ fields: RequestFields) throws(RequestError) -> (name: String, model: SimulatedModel) {
        let name = try Self.name(fields)
        guard let model = self.catalogue.find(name) else { throw .unknownModel(name) }
        return (name, model)
    }

    private static func name(_ fields: RequestFields) throws(RequestError) -> String {
        if let model = try fields.string("model"), !model.isEmpty { return model }
        guard let name = try fields.string("name"), !name.isEmpty else { throw .missingModel }
        return name
    }

    private static func check(digest: String) throws(RequestError) {
        let isDigest =
            digest.utf8.count == 71 && (digest.hasPrefix("sha256:") || digest.hasPrefix("sha256-"))
            && digest.dropFirst(7).allSatisfy(\.isHexDigit)
        if !isDigest { throw .badRequest("invalid digest format") }
    }
}
