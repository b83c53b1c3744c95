// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockConfiguration
import PaddockServer

/// The manual page in the language of man (man(7)).
struct ManualPage {
    private let root: HelpTree.Command
    private var lines: [String] = []

    init(_ root: HelpTree.Command) {
        self.root = root
        self.write()
    }

    var text: String { self.lines.map { $0 + "\n" }.joined() }

    private var commands: [HelpTree.Command] {
        (self.root.subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
    }

    // MARK: - Sections

    private mutating func write() {
        let version = PaddockVersion.text
        self.lines.append(#".TH PADDOCK 1 "\#(PaddockVersion.date)" "Paddock \#(version)" "User Commands""#)
        self.section("NAME", [#"paddock \- a concurrency gateway for Ollama"#])
        self.section("SYNOPSIS", ["\(Roff.bold("paddock")) \(Roff.italic("command")) [\(Roff.italic("options"))]"])
        self.section(
            "DESCRIPTION",
            Roff.paragraphs(
                "Paddock gives every model of an Ollama its own queue: a limited number of requests run at once, a limited "
                    + "number wait, and the rest are rejected with the time after which to retry. "
                    + "Clients use port 8080 instead of Ollama's 11434 and change nothing else."
            )
        )
        self.section("COMMANDS", [])
        for command in self.commands { self.write(command) }
        self.section("ENVIRONMENT", [])
        for (name, text) in Self.variables { self.item(Roff.bold(name), Roff.paragraphs(text)) }
        self.section("FILES", [])
        self.item(
            Roff.italic(ConfigurationFile.standardName),
            Roff.paragraphs(
                "The configuration that serve reads unless --config names another: a YAML map with these keys. "
                    + "paddock check-config --defaults prints a file with all of them."
            )
        )
        for setting in Setting.all {
            self.item(Roff.bold(setting.key), Roff.paragraphs("\(setting.summary) Value: \(setting.wanted)."))
        }
        self.section("EXIT STATUS", [])
        for status in ExitStatus.allCases {
            self.item(Roff.bold(String(status.rawValue)), Roff.paragraphs(status.meaning))
        }
    }

    private mutating func write(_ command: HelpTree.Command) {
        let arguments = (command.arguments ?? []).filter { $0.shouldDisplay && !Self.isCommon($0) }
        self.lines.append(".SS \(Roff.text(command.commandName))")
        var synopsis = Roff.bold("paddock \(command.commandName)")
        for argument in arguments where argument.kind == "positional" {
            let name = Roff.italic(argument.valueName ?? "value")
            synopsis += argument.isOptional ? " [\(name)]" : " \(name)"
        }
        if arguments.contains(where: { $0.kind != "positional" }) { synopsis += " [\(Roff.italic("options"))]" }
        self.lines.append(synopsis)
        for text in [command.abstract, command.discussion].compactMap(\.self) where !text.isEmpty {
            self.lines += [".PP"] + Roff.paragraphs(text)
        }
        for argument in arguments {
            self.item(Self.term(argument), Roff.paragraphs(Self.meaning(argument)))
        }
    }

    private mutating func section(_ title: String, _ text: [String]) {
        self.lines += [".SH \(title)"] + text
    }

    private mutating func item(_ term: String, _ text: [String]) {
        self.lines += [".TP", term] + text
    }

    // MARK: - Arguments

    /// What every command has.
    private static func isCommon(_ argument: HelpTree.Argument) -> Bool {
        argument.names?.contains { ["help", "version"].contains($0.name) } == true
    }

    private static func term(_ argument: HelpTree.Argument) -> String {
        let names = (argument.names ?? []).map { Roff.bold($0.text) }.joined(separator: ", ")
        let value = Roff.italic(argument.valueName ?? "value")
        return switch argument.kind {
        case "positional": value
        case "option": "\(names) \(value)"
        default: names
        }
    }

    private static func meaning(_ argument: HelpTree.Argument) -> String {
        var text = argument.abstract ?? ""
        if let values = argument.allValues { text += " One of \(values.joined(separator: ", "))." }
        if let standard = argument.defaultValue { text += " Default: \(standard)." }
        return text
    }

    // MARK: - Environment

    private static var variables: [(String, String)] {
        Setting.all.flatMap { setting in
            setting.variables.map { ($0.name, "For serve: \(setting.key). \(setting.summary)") }
        } + [("PADDOCK_URL", "The gateway for the commands that use one.")]
    }
}
