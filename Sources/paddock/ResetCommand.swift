// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockClient

/// `paddock reset`: totals and averages start anew.
struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Set the totals and averages of one model, or of all, to zero.",
        discussion: "Waiting and active requests and the limits do not change."
    )

    @Argument(help: "The model (default: all).")
    var model: String?

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        let query = self.model.map { "?model=\($0.percentEncoded)" } ?? ""
        try await self.options.change("/admin/queue/reset" + query) { (reply: DoneReply) in
            reply.message ?? "the totals were reset"
        }
    }
}
