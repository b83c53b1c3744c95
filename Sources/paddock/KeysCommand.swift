// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
import PaddockClient
import PaddockJSON

/// `paddock keys`: clients with keys, while the gateway runs.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Add, list, change, rotate or revoke the keys of clients.",
        discussion: """
            A key is shown once, when it is made; what is kept is its hash. Clients of the configuration file are not listed: they \
            are changed there, and win over those of the same name here.
            """,
        subcommands: [
            ListKeysCommand.self, AddKeyCommand.self, ShowKeyCommand.self, SetKeyCommand.self, RotateKeyCommand.self,
            RevokeKeyCommand.self,
        ],
        defaultSubcommand: ListKeysCommand.self
    )
}

/// What can be said of a client.
struct ClientFlags: ParsableArguments {
    @Option(name: .customLong("class"), help: "interactive, or batch for requests that fill idle slots.")
    var requestClass: String?

    @Option(help: ArgumentHelp("Its part of the service, 0.01 to 100 (default: 1).", valueName: "number"))
    var weight: String?

    @Option(
        help: ArgumentHelp("The models that it may use, with commas, such as llama2,mistral:*.", valueName: "names")
    )
    var models: String?

    @Option(help: ArgumentHelp("Its requests that are answered at once; others wait.", valueName: "number"))
    var parallel: String?

    @Option(help: ArgumentHelp("Its requests that may wait.", valueName: "number"))
    var queue: String?

    @Option(help: ArgumentHelp("Its requests that are accepted in a minute.", valueName: "number"))
    var requestsPerMinute: String?

    @Option(help: ArgumentHelp("Its tokens, of prompts and answers, in a minute.", valueName: "number"))
    var tokensPerMinute: String?

    @Option(help: ArgumentHelp("Its tokens, of prompts and answers, in a day of UTC.", valueName: "number"))
    var tokensPerDay: String?

    @Option(help: ArgumentHelp("The last day on which its keys are good, such as 2027-01-31.", valueName: "day"))
    var expires: String?

    /// The word that takes a value back.
    static let none = "none"

    /// The members of the request's body.
    var members: [(name: String, value: JSONValue)] {
        let texts = [
            ("class", self.requestClass), ("weight", self.weight), ("parallel_limit", self.parallel),
            ("queue_limit", self.queue), ("requests_per_minute", self.requestsPerMinute),
            ("tokens_per_minute", self.tokensPerMinute), ("tokens_per_day", self.tokensPerDay),
            ("expires", self.expires),
        ]
        var members = texts.compactMap { name, text in
            text.map { (name: name, value: $0 == Self.none ? JSONValue.null : .string($0)) }
        }
        if let models = self.models {
            let names = models.split(separator: ",", omittingEmptySubsequences: false).map {
                JSONValue.string(String($0))
            }
            members.append((name: "models", value: models == Self.none ? .null : .array(names)))
        }
        return members
    }
}

extension KeysCommand {
    /// Asks for a change, and prints a text with the key, if one was made.
    fileprivate static func change(
        _ action: String,
        _ name: String,
        _ members: [(name: String, value: JSONValue)] = [],
        _ options: CommandOptions,
        text: (KeyReply) -> String
    ) async throws {
        let body = JSONText.object { json in
            json.member("name", name)
            for member in members { json.member(named: member.name, member.value) }
        }
        try await options.show("/admin/keys/\(action)", method: .POST, json: body) { (reply: KeyReply) in
            [.text((text(reply) + (reply.key.map { "\n\($0)\n" } ?? "")).escapedLines)]
        }
    }
}

extension String {
    /// The text with nothing in its lines that could steer a terminal.
    fileprivate var escapedLines: String {
        self.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).escapedForTerminal }
            .joined(separator: "\n")
    }
}

/// `paddock keys list`.
struct ListKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the clients.")

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        try await self.options.show("/admin/keys", blocks: Self.blocks)
    }

    /// The clients as a table.
    static func blocks(_ reply: KeysReply) -> [Report.Block] {
        guard !reply.keys.isEmpty else { return [.text("No keys. paddock keys add NAME makes one.")] }
        let table = Table(
            [
                Table.Column(title: "CLIENT", alignment: .left, isFlexible: true),
                Table.Column(title: "CLASS", alignment: .left, rank: 4), Table.Column(title: "WEIGHT", rank: 5),
                Table.Column(title: "LIMITS", alignment: .left, rank: 1, isFlexible: true),
                Table.Column(title: "EXPIRES", alignment: .left, rank: 3),
                Table.Column(title: "LAST USED", alignment: .left, rank: 2),
            ],
            rows: reply.keys.map { client in
                [
                    client.name + (client.isDeclared ? " (the file's counts)" : ""), client.requestClass, client.weight,
                    client.limits.isEmpty ? "-" : client.limits.map { "\($0.name) \($0.text)" }.joined(separator: ", "),
                    client.expires ?? "never", client.lastUsed ?? "never",
                ]
            }
        )
        return [.table(table)]
    }
}

/// `paddock keys add`.
struct AddKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Make a client and its key.")

    @Argument(help: "The name of the client.")
    var name: String

    @OptionGroup
    var flags: ClientFlags

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        try await KeysCommand.change("add", self.name, self.flags.members, self.options) {
            "The key of \($0.name). It is shown only this once:\n"
        }
    }
}

/// `paddock keys show`.
struct ShowKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a client: its limits, and what it has used of them."
    )

    @Argument(help: "The name of the client.")
    var name: String

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        let target = "/admin/keys/\(self.name.percentEncoded)"
        try await self.options.show(target) { (reply: KeyReply) in
            let lines = reply.lines.map {
                "\($0.name)\(String(repeating: " ", count: max(1, 22 - $0.name.count)))\($0.text)"
            }
            return [.text(lines.joined(separator: "\n").escapedLines)]
        }
    }
}

/// `paddock keys set`.
struct SetKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change the limits of a client; none takes one back."
    )

    @Argument(help: "The name of the client.")
    var name: String

    @OptionGroup
    var flags: ClientFlags

    @OptionGroup
    var options: CommandOptions

    func validate() throws {
        if self.flags.members.isEmpty { throw ValidationError("give what is to be set, such as --parallel 4") }
    }

    func run() async throws {
        try await KeysCommand.change("set", self.name, self.flags.members, self.options) { reply in
            let limits = reply.limits.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
            let text = "\(reply.name): class \(reply.requestClass), weight \(reply.weight)"
            return limits.isEmpty ? text + ", no limits" : "\(text), \(limits)"
        }
    }
}

/// `paddock keys rotate`.
struct RotateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make another key for a client; the old one is good for a while."
    )

    @Argument(help: "The name of the client.")
    var name: String

    @Option(help: ArgumentHelp("How long the old key is good, 0 to 7776000 (default: 86400).", valueName: "seconds"))
    var grace: Int?

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        let members = self.grace.map { [(name: "grace", value: JSONValue($0))] } ?? []
        try await KeysCommand.change("rotate", self.name, members, self.options) { reply in
            let old = reply.oldKeyUntil.map { "The old one is good until \($0)." } ?? "The old one is good no more."
            return "The new key of \(reply.name). It is shown only this once. \(old)\n"
        }
    }
}

/// `paddock keys revoke`.
struct RevokeKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Forget a client and its keys; its usage stays."
    )

    @Argument(help: "The name of the client.")
    var name: String

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        let body = JSONText.object { $0.member("name", self.name) }
        try await self.options.change("/admin/keys/revoke", body) { (reply: RevokedReply) in
            "\(reply.name) is revoked: its keys are good no more"
        }
    }
}
