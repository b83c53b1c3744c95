// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockBase
import PaddockClient

/// `paddock usage`: who used what.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Show who used what: requests, tokens, slot time and waiting time of past days.",
        discussion: "Days and hours are those of UTC. Requests that have just ended are included."
    )

    @Option(
        help: ArgumentHelp(
            "What a row is of: any of client, model, day, hour, with commas between them (default: client).",
            valueName: "names"
        )
    )
    var by: String?

    @Option(
        help: ArgumentHelp(
            "The first day, or hour such as 2026-11-28T13 (default: 29 days before the last).",
            valueName: "day"
        )
    )
    var from: String?

    @Option(help: ArgumentHelp("The last day or hour (default: today).", valueName: "day"))
    var to: String?

    @Flag(help: "Print CSV.")
    var csv = false

    @OptionGroup
    var options: CommandOptions

    func validate() throws {
        guard !self.csv || !self.options.output.json else { throw ValidationError("give --csv or --json, not both") }
    }

    func run() async throws {
        let paddock = try await self.options.admin.paddock()
        if self.csv {
            let lines = try await paddock.lines(self.target(["format=csv"]))
            return try StandardOutput.write(lines.map { $0 + "\n" }.joined())
        }
        let reading: RemoteGateway.Reading<UsageReply> = try await paddock.ask(self.target([]))
        try self.options.output.print(Report(blocks: Self.blocks(reading.value), json: reading.json))
    }

    private func target(_ more: [String]) -> String {
        let named = [("by", self.by), ("from", self.from), ("to", self.to)]
        let query = named.compactMap { name, value in value.map { "\(name)=\($0.percentEncoded)" } } + more
        return "/admin/usage" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// The rows as a table.
    static func blocks(_ reply: UsageReply) -> [Report.Block] {
        let title = Report.Block.text("Usage from \(reply.from) to the end of \(reply.to), UTC".escapedForTerminal)
        guard !reply.usage.isEmpty else { return [title, .text("No request has ended in this time.")] }
        let labels = reply.by.map { Table.Column(title: $0.uppercased(), alignment: .left, isFlexible: true) }
        let table = Table(
            labels + [
                Table.Column(title: "REQUESTS"), Table.Column(title: "DONE", rank: 3),
                Table.Column(title: "REJECTED", rank: 2), Table.Column(title: "TOO LATE", rank: 6),
                Table.Column(title: "FAILED", rank: 4), Table.Column(title: "TIMED OUT", rank: 5),
                Table.Column(title: "CANCELLED", rank: 7), Table.Column(title: "TOKENS IN"),
                Table.Column(title: "TOKENS OUT"),
                Table.Column(title: "SLOT TIME"),
                Table.Column(title: "WAIT", rank: 1),
            ],
            rows: reply.usage.map { row in
                row.labels + [
                    String(row.requests), String(row.completed), String(row.rejected), String(row.wouldTimeOut),
                    String(row.failed), String(row.timedOut), String(row.cancelled), String(row.tokensIn),
                    String(row.tokensOut),
                    NumberText.time(milliseconds: row.slotSeconds * 1000),
                    NumberText.time(milliseconds: row.waitSeconds * 1000),
                ]
            }
        )
        return [title, .table(table)]
    }
}
