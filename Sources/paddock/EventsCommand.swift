// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOCore
import PaddockBase
import PaddockClient
import PaddockJSON
import PaddockServer

/// `paddock events`: what happened, and who did it.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happened: changes, and backends that failed or came back.",
        discussion: """
            The last event is at the end. Who did what is shown to admins alone. With --follow it goes on until it is \
            interrupted, also over a restart of the gateway.
            """
    )

    @Option(
        help: ArgumentHelp(
            "Only events of these kinds, with commas between them, such as limits_set.",
            valueName: "kinds"
        )
    )
    var kind: String?

    @Option(help: "Only events about this model.")
    var model: String?

    @Option(help: ArgumentHelp("Only events about this backend.", valueName: "url"))
    var backend: String?

    @Option(help: "Only events about this client.")
    var client: String?

    @Option(help: ArgumentHelp("The most events to show, 1 to 1000.", valueName: "number"))
    var limit = 100

    @Flag(help: "Show what happens from now on, too.")
    var follow = false

    @OptionGroup
    var options: CommandOptions

    /// Between the end of a stream and the next.
    private static let pause = Duration.seconds(1)

    func validate() throws {
        guard (1...EventLog.kept).contains(self.limit) else {
            throw ValidationError("--limit must be from 1 to \(EventLog.kept)")
        }
    }

    func run() async throws {
        let gateway = try await self.options.admin.paddock()
        let reading: RemoteGateway.Reading<EventsReply> = try await gateway.ask(self.target(limit: self.limit))
        try self.options.output.print(Report(blocks: Self.blocks(reading.value), json: reading.json))
        guard self.follow else { return }
        var last = reading.value.last ?? String(reading.value.events.first?.number ?? 0)
        while true {
            let (news, continuation) = AsyncStream<EventStreamReply.Event>.makeStream()
            let target = self.target(limit: self.limit) + "&after=\(last.percentEncoded)"
            let following = Task {
                defer { continuation.finish() }
                try await gateway.follow(target) { continuation.yield($0) }
            }
            for await (id, data) in news {
                guard let event = try? EventsReply.Event(json: JSONValue(parsing: Array(data.utf8))) else { continue }
                last = id
                let json = JSONText(verbatim: #"{"events":[\#(RemoteGateway.text(ByteBuffer(string: data)).string)]}"#)
                try self.options.output.print(Report(blocks: [.text(Self.line(event))], json: json))
            }
            if case .failure(let failure as CommandFailure) = await following.result, failure.status != .unavailable {
                throw failure
            }
            // It may be away for a while, or be started again.
            try await Task.sleep(for: Self.pause)
        }
    }

    private func target(limit: Int) -> String {
        let texts = [("kind", self.kind), ("model", self.model), ("backend", self.backend), ("client", self.client)]
        let filters = texts.compactMap { name, text in text.map { "&\(name)=\($0.percentEncoded)" } }
        return "/queue/events?limit=\(limit)" + filters.joined()
    }

    /// The events as a table.
    static func blocks(_ reply: EventsReply) -> [Report.Block] {
        guard !reply.events.isEmpty else { return [.text("No such event is kept.")] }
        return [
            .table(
                Table(
                    [
                        Table.Column(title: "TIME", alignment: .left),
                        Table.Column(title: "EVENT", alignment: .left),
                        Table.Column(title: "ABOUT", alignment: .left, isFlexible: true),
                        Table.Column(title: "CHANGE", alignment: .left, rank: 1, isFlexible: true),
                        Table.Column(title: "BY", alignment: .left, rank: 2, isFlexible: true),
                    ],
                    rows: reply.events.reversed().map { event in
                        [event.time, event.kind, event.subject ?? "-", event.change, event.actor]
                    }
                )
            )
        ]
    }

    /// An event as a line that follows a table.
    private static func line(_ event: EventsReply.Event) -> String {
        [event.time, event.kind, event.subject ?? "-", event.change, event.actor].filter { !$0.isEmpty }
            .joined(separator: "  ").escapedForTerminal
    }
}
