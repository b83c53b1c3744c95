// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
import PaddockJSON

/// `paddock unload`: has backends unload a model.
struct UnloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unload",
        abstract: "Unload a model from the backends that have it loaded.",
        discussion: """
            Requests that run end first. A request for the model that waits, or comes later, has it loaded again. A model that is \
            pinned is not unloaded: unpin it first.
            """
    )

    @Argument(help: "The model.")
    var model: String

    @Option(help: ArgumentHelp("Only there, such as http://10.0.0.12:11434.", valueName: "url"))
    var backend: String?

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        let body = JSONText.object { json in
            json.member("model", self.model)
            if let backend = self.backend { json.member("backend", backend) }
        }
        try await self.options.show("/admin/models/unload", method: .POST, json: body) { (reply: UnloadReply) in
            let lines = reply.backends.map { backend in
                let what = backend.isUnloaded ? "is unloaded" : "may still be loaded, as there was no answer,"
                return "\(reply.model) \(what) on \(backend.url)".escapedForTerminal
            }
            let active = reply.activeRequests
            return (lines + (active > 0 ? ["active requests of it that may end first: \(active)"] : [])).map {
                .text($0)
            }
        }
    }
}

/// What `POST /admin/models/unload` answers (contract section 20).
struct UnloadReply: Equatable, Sendable, JSONReadable {
    struct Backend: Equatable, Sendable, JSONReadable {
        let url: String
        let isUnloaded: Bool

        init(json: JSONValue) throws(JSONMismatch) {
            self.url = try json.member("url")
            self.isUnloaded = try json.member("unloaded")
        }
    }

    let model: String
    let backends: [Backend]
    let activeRequests: Int

    init(json: JSONValue) throws(JSONMismatch) {
        self.model = try json.member("model")
        self.backends = try json.member("backends")
        self.activeRequests = try json.member("active_requests")
    }
}
