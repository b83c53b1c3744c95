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
        discussion: """
            STARTS IN is an estimate. paddock cancel takes an id. With --ended it lists requests that have ended, the last one \
            first, if history_days keeps them.
            """
    )

    @Option(help: "Only requests of this model.")
    var model: String?

    @Option(
        help: ArgumentHelp(
            "The most requests to list, 1 to 10000 (default: 1000; with --ended 100).",
            valueName: "number"
        )
    )
    var limit: Int?

    @Flag(help: "List requests that have ended.")
    var ended = false

    @Option(help: "Only requests of this client (with --ended).")
    var client: String?

    @Option(
        help: ArgumentHelp("Only requests that ended in this way, such as failed (with --ended).", valueName: "ending")
    )
    var outcome: String?

    @Option(help: ArgumentHelp("The first day, or hour such as 2026-11-28T13, UTC (with --ended).", valueName: "day"))
    var since: String?

    @Option(help: ArgumentHelp("The last day or hour, UTC (with --ended).", valueName: "day"))
    var until: String?

    @OptionGroup
    var options: CommandOptions

    func validate() throws {
        guard (1...10_000).contains(self.limit ?? 1) else {
            throw ValidationError("--limit must be from 1 to 10000")
        }
        let searches = [self.client, self.outcome, self.since, self.until].contains { $0 != nil }
        guard self.ended || !searches else {
            throw ValidationError("--client, --outcome, --since and --until need --ended")
        }
    }

    func run() async throws {
        if self.ended {
            try await self.options.show("/admin/requests" + self.query) { (reply: EndedReply) in Self.blocks(reply) }
        } else {
            try await self.options.show("/queue/requests" + self.query) { (reply: RequestsReply) in Self.blocks(reply) }
        }
    }

    private var query: String {
        let texts = [
            ("model", self.model), ("limit", self.limit.map(String.init)), ("client", self.client),
            ("outcome", self.outcome), ("since", self.since), ("until", self.until),
        ]
        let query = texts.compactMap { name, text in text.map { "\(name)=\($0.percentEncoded)" } }
        return query.isEmpty ? "" : "?" + query.joined(separator: "&")
    }

    /// Requests that have ended, as a table.
    static func blocks(_ reply: EndedReply) -> [Report.Block] {
        guard !reply.requests.isEmpty else { return [.text("No such request is kept.")] }
        let table = Table(
            [
                Table.Column(title: "ARRIVED", alignment: .left, rank: 1),
                Table.Column(title: "ID", alignment: .left),
                Table.Column(title: "MODEL", alignment: .left, isFlexible: true),
                Table.Column(title: "CLIENT", alignment: .left, isFlexible: true),
                Table.Column(title: "OUTCOME", alignment: .left),
                Table.Column(title: "STATUS"),
                Table.Column(title: "WAITED", rank: 1),
                Table.Column(title: "TIME", rank: 2),
                Table.Column(title: "TOKENS IN", rank: 3),
                Table.Column(title: "TOKENS OUT", rank: 3),
                Table.Column(title: "BACKEND", alignment: .left, rank: 4),
            ],
            rows: reply.requests.map { request in
                [
                    request.arrived ?? "-", request.id, request.model ?? "-", request.client,
                    (request.code ?? request.outcome) + (request.cause.map { " (\($0))" } ?? ""),
                    request.status.map(String.init) ?? "-", NumberText.time(milliseconds: request.waitedMs),
                    NumberText.time(milliseconds: request.processingMs), request.tokensIn.map(String.init) ?? "-",
                    request.tokensOut.map(String.init) ?? "-", request.backend ?? "-",
                ]
            }
        )
        return [.table(table)]
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
                Table.Column(title: "TOKENS", rank: 4),
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
                    request.waitingFor ?? request.stalled.map { "\($0) stalled" } ?? "-",
                    request.tokens.map(String.init) ?? "-",
                    NumberText.time(milliseconds: request.waitedMs),
                    NumberText.time(milliseconds: request.estimatedStartMs),
                    NumberText.time(milliseconds: request.processingMs),
                    request.backend ?? "-",
                ]
            }
        )
        let more = reply.total - reply.requests.count
        var notes = more > 0 ? ["… and \(more) more; see --limit"] : []
        let own = reply.requests.count(where: \.isPositionOwn)
        if own > 0 {
            notes.append(
                "The places of \(own) are among those of one member: no coordinator says where they are among all."
            )
        }
        return [.table(table)] + notes.map { .text($0) }
    }
}
