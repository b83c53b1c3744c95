// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
import PaddockJSON

/// What a command has that asks the gateway's own routes, and prints what it answers.
struct CommandOptions: ParsableArguments {
    @OptionGroup
    var admin: AdminOptions

    @OptionGroup
    var output: OutputOptions

    /// Asks one of the gateway's own routes, and prints what is made of the reply.
    func show<Reply: JSONReadable & Sendable>(
        _ target: String,
        method: HTTPMethod = .GET,
        json: JSONText? = nil,
        blocks: (Reply) -> [Report.Block]
    ) async throws {
        let reading: RemoteGateway.Reading<Reply> = try await self.admin.paddock().ask(
            target,
            method: method,
            json: json
        )
        try self.output.print(Report(blocks: blocks(reading.value), json: reading.json))
    }

    /// Changes something on the gateway, and prints a line on what holds now.
    func change<Reply: JSONReadable & Sendable>(
        _ target: String,
        method: HTTPMethod = .POST,
        _ json: JSONText? = nil,
        line: (Reply) -> String
    ) async throws {
        try await self.show(target, method: method, json: json) { [.text(line($0).escapedForTerminal)] }
    }
}
