// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
import PaddockClient
import PaddockJSON
import PaddockSystem

/// `paddock batch`: many requests that may take their time.
struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Submit, list, show or cancel batch jobs, or fetch their results.",
        discussion: """
            A job is a file with one request per line, in the format of OpenAI's batch API. Its requests run while nobody else needs \
            the slots, and go on after a restart of the gateway. It belongs to the client whose key is in PADDOCK_KEY or the file of \
            --key-file, else to the address from which it came.
            """,
        subcommands: [
            SubmitBatchCommand.self, ListBatchesCommand.self, ShowBatchCommand.self, CancelBatchCommand.self,
            FetchBatchCommand.self,
        ],
        defaultSubcommand: ListBatchesCommand.self
    )
}

/// Whose jobs are meant: the client's, or with the admin token those of all.
struct BatchOwnerOptions: ParsableArguments {
    @Flag(help: "The jobs of all clients, with the admin token.")
    var all = false

    @OptionGroup
    var client: ClientOptions

    @OptionGroup
    var admin: AdminOptions

    /// The gateway, with the token or the key.
    func paddock() async throws(CommandFailure) -> RemoteGateway {
        self.all ? try await self.admin.paddock() : try await self.client.paddock(at: self.admin.gateway)
    }

    /// The path of a job.
    func path(of id: String) -> String { (self.all ? "/admin/batches/" : "/v1/batches/") + id.percentEncoded }
}

/// `paddock batch list`.
struct ListBatchesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List jobs, the newest first.")

    @Option(help: ArgumentHelp("The most jobs to list, 1 to 100.", valueName: "number"))
    var limit = 20

    @Option(help: ArgumentHelp("List the jobs that come after this one.", valueName: "id"))
    var after: String?

    @OptionGroup
    var owner: BatchOwnerOptions

    @OptionGroup
    var output: OutputOptions

    func validate() throws {
        guard (1...100).contains(self.limit) else { throw ValidationError("--limit must be from 1 to 100") }
    }

    func run() async throws {
        var target = (self.owner.all ? "/admin/batches" : "/v1/batches") + "?limit=\(self.limit)"
        if let after = self.after { target += "&after=\(after.percentEncoded)" }
        let reading: RemoteGateway.Reading<BatchesReply> = try await self.owner.paddock().ask(target)
        let blocks = Self.blocks(reading.value, now: WallClock.secondsSince1970())
        try self.output.print(Report(blocks: blocks, json: reading.json))
    }

    /// The jobs as a table.
    ///
    /// - Parameters:
    ///   - reply: the jobs.
    ///   - now: the time, in seconds since 1970.
    static func blocks(_ reply: BatchesReply, now: Int) -> [Report.Block] {
        let missing = reply.missing.map { member in
            Report.Block.text("\(member.escapedForTerminal) does not answer: its jobs are not listed.")
        }
        guard !reply.data.isEmpty else { return [.text("No jobs. paddock batch submit FILE makes one.")] + missing }
        let hasOwners = reply.data.contains { $0.owner != nil }
        let hasModels = reply.data.contains { $0.model != nil }
        let hasMembers = reply.data.contains { $0.member != nil }
        var columns = [Table.Column(title: "ID", alignment: .left)]
        if hasOwners { columns.append(Table.Column(title: "CLIENT", alignment: .left, rank: 1, isFlexible: true)) }
        if hasModels { columns.append(Table.Column(title: "MODEL", alignment: .left, rank: 3, isFlexible: true)) }
        columns += [
            Table.Column(title: "STATUS", alignment: .left), Table.Column(title: "DONE"),
            Table.Column(title: "FAILED", rank: 1), Table.Column(title: "TOTAL"), Table.Column(title: "RATE", rank: 2),
            Table.Column(title: "LEFT", rank: 2), Table.Column(title: "CREATED", alignment: .left, rank: 4),
        ]
        if hasMembers { columns.append(Table.Column(title: "AT", alignment: .left, rank: 5, isFlexible: true)) }
        let rows = reply.data.map { batch -> [String] in
            let rate = batch.meanRate(now: now)
            let left = batch.isOver ? nil : BatchProgress.secondsLeft(batch.counts, rate: rate)
            var row = [batch.id]
            if hasOwners { row.append(batch.owner ?? "-") }
            if hasModels { row.append(batch.model ?? "-") }
            row += [
                batch.status.replacingUnderscores, String(batch.counts.done), String(batch.counts.failed),
                String(batch.counts.total), rate.map { "\(NumberText.rate($0))/s" } ?? "-",
                NumberText.time(milliseconds: left.map { $0 * 1000 }), BatchReply.time(batch.createdAt),
            ]
            if hasMembers { row.append(batch.member ?? "-") }
            return row
        }
        let table = Report.Block.table(Table(columns, rows: rows))
        guard reply.hasMore, let last = reply.data.last else { return [table] + missing }
        return [table, .text("There are more: --after \(last.id.escapedForTerminal)")] + missing
    }
}

extension BatchReply {
    /// Requests per second since its first one; nil if that is not known.
    ///
    /// - Parameter now: the time, in seconds since 1970.
    func meanRate(now: Int) -> Double? {
        guard let startedAt = self.startedAt, self.counts.done > 0 else { return nil }
        return Double(self.counts.done) / Double(max(1, (self.endedAt ?? now) - startedAt))
    }

    /// A time of a job as it is shown.
    static func time(_ seconds: Int) -> String { CivilTime(seconds: Int64(seconds)).iso8601 + "Z" }

    /// All that is known of it.
    ///
    /// - Parameter now: the time, in seconds since 1970.
    func blocks(now: Int) -> [Report.Block] {
        let lines: [(name: String, text: String?)] = [
            ("job", self.id), ("client", self.owner), ("model", self.model), ("endpoint", self.endpoint),
            ("progress", BatchProgress.line(self, rate: self.meanRate(now: now), barWidth: 0, isPlain: true)),
            ("window", self.window), ("created", Self.time(self.createdAt)), ("started", self.startedAt.map(Self.time)),
            ("ends at the latest", self.isOver ? nil : self.expiresAt.map(Self.time)),
            ("ended", self.endedAt.map(Self.time)), ("input file", self.inputFile), ("output file", self.outputFile),
            ("error file", self.errorFile),
        ]
        let text = lines.compactMap { line in
            line.text.map { line.name.padded(to: 20) + $0.escapedForTerminal }
        }
        let shown = Report.Block.text(text.joined(separator: "\n"))
        guard !self.problems.isEmpty else { return [shown] }
        let table = Table(
            [
                Table.Column(title: "LINE"), Table.Column(title: "CODE", alignment: .left, rank: 1),
                Table.Column(title: "WHAT IS WRONG", alignment: .left),
            ],
            rows: self.problems.map { [$0.line.map(String.init) ?? "-", $0.code ?? "-", $0.message] }
        )
        return [shown, .table(table)]
    }
}

/// `paddock batch show`.
struct ShowBatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a job: how far it is, and what is wrong with its input."
    )

    @Argument(help: "The id of the job.")
    var id: String

    @Flag(help: "Wait until it has ended, and show its progress.")
    var wait = false

    @OptionGroup
    var owner: BatchOwnerOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let paddock = try await self.owner.paddock()
        let path = self.owner.path(of: self.id)
        let reading: RemoteGateway.Reading<BatchReply> =
            self.wait ? try await BatchWait(paddock: paddock, path: path).untilOver() : try await paddock.ask(path)
        let blocks = reading.value.blocks(now: WallClock.secondsSince1970())
        try self.output.print(Report(blocks: blocks, json: reading.json))
        if self.wait { try reading.value.requireCompleted() }
    }
}

/// `paddock batch cancel`.
struct CancelBatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a job; what is done of it stays."
    )

    @Argument(help: "The id of the job.")
    var id: String

    @OptionGroup
    var owner: BatchOwnerOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let paddock = try await self.owner.paddock()
        let reading: RemoteGateway.Reading<BatchReply> =
            self.owner.all
            ? try await paddock.ask(
                "/admin/batches/cancel",
                method: .POST,
                json: .object { $0.member("id", self.id) }
            )
            : try await paddock.ask("/v1/batches/\(self.id.percentEncoded)/cancel", method: .POST)
        let counts = reading.value.counts
        let text = "\(reading.value.id) is \(reading.value.status.replacingUnderscores)"
        let line = "\(text): \(counts.done) of \(counts.total) done".escapedForTerminal
        try self.output.print(Report(blocks: [.text(line)], json: reading.json))
    }
}
