// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockJSON

/// `paddock unset`: takes back what was set at run time.
struct UnsetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Take back what was set at run time, so that the configuration holds again.",
        discussion: """
            What paddock set, paddock backend and a change of the log level do stays over restarts. paddock serve lists it at the \
            start, and so does paddock check-config; the names there are what this command takes.
            """
    )

    @Argument(help: "What was set, such as models.llama2.parallel_limit, backends.http://10.0.0.12:11434 or log_level.")
    var key: String

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        try await self.options.change("/admin/settings/unset", .object { $0.member("key", self.key) }) {
            (reply: UnsetReply) in
            "\(reply.key) is what the configuration says: \(reply.value)"
        }
    }
}

/// What `POST /admin/settings/unset` answers (contract section 21).
struct UnsetReply: Equatable, Sendable, JSONReadable {
    let key: String
    /// What the configuration says.
    let value: String

    init(json: JSONValue) throws(JSONMismatch) {
        self.key = try json.member("key")
        self.value = try json.member("value")
    }
}
