// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockClient

/// `paddock requests`: who runs and who waits.
struct RequestsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests",
        abstract: "List active and waiting requests, in the order in which they start.",
        discussion: "STARTS IN is an estimate. paddock cancel takes an id."
    )

    @Option(help: "Only requests of this model.")
    var model: String?

    @Option(help: ArgumentHelp("The most requests to list, 1 to 10000 (default: 1000).", valueName: "number"))
    var limit: Int?

    @OptionGroup
    var admin: AdminOptions

    @OptionGroup
    var output: OutputOptions

    func validate() throws {
        guard (1...10_000).contains(self.limit ?? 1) else {
            throw ValidationError("--limit must be from 1 to 10000")
        }
    }

    func run() async throws {
        let query = [
            self.model.map { "model=\($0.percentEncoded)" },
            self.limit.map { "limit=\($0)" },
        ]
        .compactMap(\.self).joined(separator: "&")
        let reading: RemoteGateway.Reading<RequestsReply> = try await self.admin.paddock()
            .ask("/queue/requests" + (query.isEmpty ? "" : "?\(query)"))
        try self.output.print(Report(blocks: Self.blocks(reading.value), json: reading.json))
    }

    /// The requests as a table, and how many are not in it.
    static func blocks(_ reply: RequestsReply) -> [Report.Block] {
        guard !reply.requests.isEmpty else { return [.text("No request is active or waiting.")] }
        let table = Table(
            [
                Table.Column(title: "ID", alignment: .left),
                Table.Column(title: "MODEL", alignment: .left, isFlexible: true),
                Table.Column(title: "CLIENT", alignment: .left, rank: 2, isFlexible: true),
                Table.Column(title: "CLASS", alignment: .left, rank: 3),
                Table.Column(title: "STATE", alignment: .left, rank: 1),
                Table.Column(title: "WAITS FOR", alignment: .left, rank: 3),
                Table.Column(title: "WAITED", rank: 1),
                Table.Column(title: "STARTS IN", rank: 4),
                Table.Column(title: "RUNS FOR", rank: 4),
                Table.Column(title: "BACKEND", alignment: .left, rank: 5),
            ],
            rows: reply.requests.map { request in
                let isActive = request.state == "active"
                return [
                    request.id, request.model, request.client, request.class,
                    isActive ? request.state : "\(request.state) \(request.position)",
                    request.waitingFor ?? "-",
                    NumberText.time(milliseconds: request.waitedMs),
                    NumberText.time(milliseconds: request.estimatedStartMs),
                    NumberText.time(milliseconds: request.processingMs),
                    request.backend ?? "-",
                ]
            }
        )
        let more = reply.total - reply.requests.count
        return [.table(table)] + (more > 0 ? [.text("… and \(more) more; see --limit")] : [])
    }
}
