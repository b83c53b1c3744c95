// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
import PaddockJSON

/// `paddock backend`: the backends, while the gateway runs.
struct BackendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backend",
        abstract: "List, add, drain or remove backends at run time.",
        discussion: """
            A backend that is drained gets no new requests; its active ones end, and add gives it requests again. One that is \
            removed disappears when its last request has ended. The configuration file does not change.
            """
    )

    /// What is to be done.
    enum Action: String, CaseIterable, ExpressibleByArgument {
        case list, add, drain, remove
    }

    @Argument(help: "What to do: list, add, drain or remove.")
    var action: Action

    @Argument(help: "The backend, such as http://10.0.0.12:11434.")
    var url: String?

    @OptionGroup
    var admin: AdminOptions

    @OptionGroup
    var output: OutputOptions

    func validate() throws {
        switch self.action {
        case .list: guard self.url == nil else { throw ValidationError("list takes no URL") }
        case .add, .drain, .remove:
            guard self.url != nil else { throw ValidationError("give the URL of the backend") }
        }
    }

    func run() async throws {
        let report: Report
        if let url = self.url {
            report = try await self.change(url)
        } else {
            report = try await self.list()
        }
        try self.output.print(report)
    }

    private func change(_ url: String) async throws -> Report {
        let reading: RemoteGateway.Reading<BackendChangeReply> = try await self.admin.paddock().ask(
            "/admin/backends/\(self.action.rawValue)",
            method: .POST,
            json: .object { $0.member("url", url) }
        )
        let answers = reading.value.answers.map { $0 ? ", and answers" : ", but does not answer yet" } ?? ""
        let line = "\(reading.value.url) is \(reading.value.state)\(answers)".escapedForTerminal
        return Report(blocks: [.text(line)], json: reading.json)
    }

    private func list() async throws -> Report {
        let reading: RemoteGateway.Reading<BackendsReply> = try await self.admin.paddock().ask("/admin/backends")
        var table = Table([
            Table.Column(title: "BACKEND", alignment: .left), Table.Column(title: "STATE", alignment: .left),
            Table.Column(title: "HEALTH", alignment: .left), Table.Column(title: "ACTIVE"),
            Table.Column(title: "SLOTS"),
        ])
        for backend in reading.value.backends {
            table.append([
                backend.url, backend.state, backend.healthy ? "answers" : "does not answer",
                String(backend.activeRequests), backend.slots.map(String.init) ?? "-",
            ])
        }
        return Report(blocks: [.table(table)], json: reading.json)
    }
}
