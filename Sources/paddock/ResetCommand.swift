// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
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
    var admin: AdminOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let query = self.model.map { "?model=\($0.percentEncoded)" } ?? ""
        let reading: RemoteGateway.Reading<DoneReply> = try await self.admin.paddock()
            .ask("/admin/queue/reset" + query, method: .POST)
        let line = (reading.value.message ?? "the totals were reset").escapedForTerminal
        try self.output.print(Report(blocks: [.text(line)], json: reading.json))
    }
}
