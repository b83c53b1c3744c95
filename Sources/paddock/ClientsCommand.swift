// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
import PaddockClient
import PaddockConfiguration
import PaddockJSON

/// `paddock clients`: what clients do and did, and who may go on.
struct ClientsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clients",
        abstract: "List clients with what they run and got; pause, resume or cap one.",
        discussion: """
            SHARE is the part of the time with a slot in the last five minutes, FAIR the part that the client's weight gives it. \
            paddock keys makes clients with keys.
            """,
        subcommands: [
            ListClientsCommand.self, PauseClientCommand.self, ResumeClientCommand.self, CapClientCommand.self,
        ],
        defaultSubcommand: ListClientsCommand.self
    )

    /// Orders something of a client, and prints what holds now, and how to go back.
    fileprivate static func order(
        _ verb: String,
        _ client: String,
        _ options: CommandOptions,
        _ members: (inout JSONWriter) -> Void = { _ in }
    ) async throws {
        let body = JSONText.object { json in
            json.member("client", client)
            members(&json)
        }
        try await options.show("/admin/clients/\(verb)", method: .POST, json: body, blocks: Self.blocks)
    }

    private static func blocks(_ reply: OrderReply) -> [Report.Block] {
        let cap = reply.cap.map { "at most \($0) at once" } ?? "as many at once as there are slots"
        var lines = [
            reply.isPaused
                ? "\(reply.client) is paused: what it runs goes on, nothing else starts"
                : "\(reply.client) goes on, \(cap)"
        ]
        if reply.isPaused { lines.append("paddock clients resume \(reply.client) lets it go on") }
        if reply.cap != nil { lines.append("paddock clients cap \(reply.client) none takes the cap back") }
        if !reply.isKnown {
            lines.append("no client of that name has sent a request of late: paddock clients lists them")
        }
        return lines.map { .text($0.escapedForTerminal) }
    }
}

/// `paddock clients list`.
struct ListClientsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the clients, the busiest first."
    )

    @Option(
        help: ArgumentHelp(
            "busy, name, running, waiting, share, requests, tokens, refused, wait or last (default: busy).",
            valueName: "column"
        )
    )
    var sort: String?

    @Option(help: "Only this client, with all that is known of it.")
    var client: String?

    @Option(help: ArgumentHelp("The most clients to list, 1 to 1000 (default: 100).", valueName: "number"))
    var limit: Int?

    @OptionGroup
    var options: CommandOptions

    func validate() throws {
        guard (1...1_000).contains(self.limit ?? 1) else { throw ValidationError("--limit must be from 1 to 1000") }
    }

    func run() async throws {
        let texts = [("sort", self.sort), ("client", self.client), ("limit", self.limit.map(String.init))]
        let query = texts.compactMap { name, text in text.map { "\(name)=\($0.percentEncoded)" } }
        let target = "/queue/clients" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        try await self.options.show(target, blocks: self.client == nil ? Self.blocks : Self.details)
    }

    /// The clients as a table, and how many are not in it.
    static func blocks(_ reply: ClientsReply) -> [Report.Block] {
        guard let clients = reply.clients else {
            let hint = "paddock shows them to those with the admin token (--token-file) or the view token"
            return [.text("\(reply.total) clients; \(hint)")]
        }
        guard !clients.isEmpty else { return [.text("No client has sent a request.")] }
        let table = Table(
            [
                Table.Column(title: "CLIENT", alignment: .left, isFlexible: true),
                Table.Column(title: "ORDER", alignment: .left, rank: 1),
                Table.Column(title: "CLASS", alignment: .left, rank: 6), Table.Column(title: "WEIGHT", rank: 6),
                Table.Column(title: "RUNNING"), Table.Column(title: "WAITING"),
                Table.Column(title: "SHARE", rank: 1), Table.Column(title: "FAIR", rank: 2),
                Table.Column(title: "WAIT P50", rank: 3), Table.Column(title: "WAIT P90", rank: 1),
                Table.Column(title: "DONE", rank: 2), Table.Column(title: "ERRORS", rank: 3),
                Table.Column(title: "NOT SERVED", rank: 2), Table.Column(title: "TOKENS IN", rank: 5),
                Table.Column(title: "TOKENS OUT", rank: 4),
            ],
            rows: clients.map { client in
                [
                    client.name, client.order, client.requestClass ?? "-", NumberText.decimals(client.weight, 2),
                    "\(client.running)", "\(client.waiting)", NumberText.share(client.share),
                    NumberText.share(client.fairShare),
                    NumberText.time(milliseconds: client.waitP50), NumberText.time(milliseconds: client.waitP90),
                    "\(client.completed)", "\(client.errorReplies)", "\(client.notServed)", "\(client.tokensIn)",
                    "\(client.tokensOut)",
                ]
            }
        )
        let more = reply.total - clients.count
        return [.table(table)] + (more > 0 ? [.text("… and \(more) more; see --limit")] : [])
    }

    /// All that is known of one client, a line each.
    static func details(_ reply: ClientsReply) -> [Report.Block] {
        guard reply.clients != nil else { return Self.blocks(reply) }
        guard let client = reply.clients?.first else { return [.text("No client of that name is known.")] }
        let rows = [
            ("client", client.name), ("order", client.order), ("class", client.requestClass ?? "-"),
            ("weight", NumberText.decimals(client.weight, 2)), ("running", "\(client.running)"),
            ("waiting", "\(client.waiting)"),
            ("share", "\(NumberText.share(client.share)), fair would be \(NumberText.share(client.fairShare))"),
            ("wait p50", NumberText.time(milliseconds: client.waitP50)),
            ("wait p90", NumberText.time(milliseconds: client.waitP90)),
            ("requests", "\(client.requests)"), ("completed", "\(client.completed)"),
            ("of these errors", "\(client.errorReplies)"), ("rejected", "\(client.rejected)"),
            ("refused", "\(client.refused)"), ("failed", "\(client.failed)"), ("timed out", "\(client.timedOut)"),
            ("would time out", "\(client.wouldTimeOut)"), ("cancelled", "\(client.cancelled)"),
            ("tokens in", "\(client.tokensIn)"), ("tokens out", "\(client.tokensOut)"),
            ("last request", client.lastRequest ?? "never"),
        ]
        let table = Table(
            [
                Table.Column(title: "WHAT", alignment: .left),
                Table.Column(title: "VALUE", alignment: .left, isFlexible: true),
            ],
            rows: rows.map { [$0.0, $0.1] }
        )
        return [.table(table)]
    }
}

/// `paddock clients pause`.
struct PauseClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Start nothing of a client: what runs goes on, what waits keeps its place."
    )

    @Argument(help: "The client, as paddock clients shows it; it need not have been seen yet.")
    var client: String

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        try await ClientsCommand.order("pause", self.client, self.options)
    }
}

/// `paddock clients resume`.
struct ResumeClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let a client go on.")

    @Argument(help: "The client.")
    var client: String

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        try await ClientsCommand.order("resume", self.client, self.options)
    }
}

/// `paddock clients cap`.
struct CapClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cap",
        abstract: "Limit how many requests of a client run at once; the others wait."
    )

    @Argument(help: "The client; it need not have been seen yet.")
    var client: String

    @Argument(help: ArgumentHelp("How many, at least 1, or none.", valueName: "number"))
    var parallel: String

    @OptionGroup
    var options: CommandOptions

    func validate() throws {
        guard self.parallel != "none", !DeclaredModel.parallelRange.contains(Int(self.parallel) ?? 0) else { return }
        let range = DeclaredModel.parallelRange
        throw ValidationError("the cap must be from \(range.lowerBound) to \(range.upperBound), or none")
    }

    func run() async throws {
        let cap = Int(self.parallel)
        try await ClientsCommand.order("cap", self.client, self.options) { $0.member("parallel", cap) }
    }
}
