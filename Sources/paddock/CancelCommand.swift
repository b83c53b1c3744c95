// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
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
    var options: CommandOptions

    func validate() throws {
        guard (1...128).contains(self.id.utf8.count) else {
            throw ValidationError("an id has 1 to 128 characters")
        }
    }

    func run() async throws {
        let target = "/admin/queue/requests/" + self.id.percentEncoded
        try await self.options.change(target, method: .DELETE) { (reply: DoneReply) in
            "cancelled \(reply.id ?? self.id)"
        }
    }
}
