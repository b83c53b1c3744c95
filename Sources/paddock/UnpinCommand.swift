// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
import PaddockJSON

/// `paddock unpin`: let a pinned model give way to other models.
struct UnpinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpin",
        abstract: "Let a pinned model give way to other models.",
        discussion: "It stays loaded until another model needs its place, or its keep_alive ends."
    )

    @Argument(help: "The model.")
    var model: String

    @OptionGroup
    var admin: AdminOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let reading: RemoteGateway.Reading<PinReply> = try await self.admin.paddock().ask(
            "/admin/models/unpin",
            method: .POST,
            json: .object { $0.member("model", self.model) }
        )
        try self.output.print(Report(blocks: [.text(reading.value.line)], json: reading.json))
    }
}
