// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
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
    var options: CommandOptions

    func validate() throws {
        switch self.action {
        case .list: guard self.url == nil else { throw ValidationError("list takes no URL") }
        case .add, .drain, .remove:
            guard self.url != nil else { throw ValidationError("give the URL of the backend") }
        }
    }

    func run() async throws {
        guard let url = self.url else { return try await self.options.show("/admin/backends", blocks: Self.blocks) }
        let target = "/admin/backends/\(self.action.rawValue)"
        try await self.options.change(target, .object { $0.member("url", url) }) { (reply: BackendChangeReply) in
            let answers = reply.answers.map { $0 ? ", and answers" : ", but does not answer yet" } ?? ""
            return "\(reply.url) is \(reply.state)\(answers)"
        }
    }

    /// The backends as a table.
    private static func blocks(_ reply: BackendsReply) -> [Report.Block] {
        var table = Table([
            Table.Column(title: "BACKEND", alignment: .left), Table.Column(title: "STATE", alignment: .left),
            Table.Column(title: "HEALTH", alignment: .left), Table.Column(title: "ACTIVE"),
            Table.Column(title: "SLOTS"),
        ])
        for backend in reply.backends {
            table.append([
                backend.url, backend.state, backend.healthy ? "answers" : "does not answer",
                String(backend.activeRequests), backend.slots.map(String.init) ?? "-",
            ])
        }
        return [.table(table)]
    }
}
