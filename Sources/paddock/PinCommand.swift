// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockJSON

/// `paddock pin`: keep a model loaded from now on.
struct PinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Keep a model loaded from now on.",
        discussion:
            "It is loaded where there is room, and never has to go for another model. That stays over restarts; paddock unpin ends it."
    )

    @Argument(help: "The model.")
    var model: String

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        try await self.options.change(
            "/admin/models/pin",
            .object { $0.member("model", self.model) },
            line: PinReply.line
        )
    }
}

/// What `POST /admin/models/pin` and `/unpin` answer (contract section 20).
struct PinReply: Equatable, Sendable, JSONReadable {
    let model: String
    let isPinned: Bool
    let isLoaded: Bool

    init(json: JSONValue) throws(JSONMismatch) {
        self.model = try json.member("model")
        self.isPinned = try json.member("pinned")
        self.isLoaded = try json.member("loaded")
    }

    /// What is said of it.
    static func line(_ reply: PinReply) -> String {
        "\(reply.model) is \(reply.isPinned ? "" : "not ")pinned, and \(reply.isLoaded ? "" : "not ")loaded now"
    }
}
