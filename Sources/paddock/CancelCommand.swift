// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
import PaddockClient

/// `paddock cancel`: one request ends now.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a waiting or active request; its client gets 503 cancelled_by_admin.",
        discussion: "paddock requests lists the ids; a client finds its own in the field X-Request-Id."
    )

    @Argument(help: "The id of the request.")
    var id: String

    @OptionGroup
    var admin: AdminOptions

    @OptionGroup
    var output: OutputOptions

    func validate() throws {
        guard (1...128).contains(self.id.utf8.count) else {
            throw ValidationError("an id has 1 to 128 characters")
        }
    }

    func run() async throws {
        let reading: RemoteGateway.Reading<DoneReply> = try await self.admin.paddock()
            .ask("/admin/queue/requests/" + self.id.percentEncoded, method: .DELETE)
        let line = "cancelled \(reading.value.id ?? self.id)".escapedForTerminal
        try self.output.print(Report(blocks: [.text(line)], json: reading.json))
    }
}
