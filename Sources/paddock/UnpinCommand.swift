// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
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
    var options: CommandOptions

    func run() async throws {
        try await self.options.change(
            "/admin/models/unpin",
            .object { $0.member("model", self.model) },
            line: PinReply.line
        )
    }
}
