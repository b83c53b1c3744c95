// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockJSON
import Testing

@testable import paddock

@Suite("Help")
struct ManualTests {
    @Test("The manual has every command and every option of the help")
    func manual() throws {
        let page = try ManualCommand.page()
        let help = try HelpTree(json: JSONValue(parsing: Array(Paddock._dumpHelp().utf8)))
        let commands = (help.command.subcommands ?? []).filter { !["help", "manual"].contains($0.commandName) }
        #expect(commands.count >= 12)
        for command in commands {
            let name = command.commandName.split(separator: "-").joined(separator: "\\-")
            let section = page.split(separator: ".SS \(name)\n", maxSplits: 1).dropFirst().first
            let text = try #require(section, "\(command.commandName) has no section").split(separator: "\n.SS ")[0]
            for argument in command.arguments ?? [] where argument.kind != "positional" && argument.shouldDisplay {
                for option in argument.names ?? [] where !["help", "h", "version"].contains(option.name) {
                    #expect(text.contains(Roff.bold(option.text)), "\(command.commandName) \(option.text)")
                }
            }
        }
    }

    @Test("The manual has every exit status")
    func exitStatuses() throws {
        let page = try ManualCommand.page()
        for status in ExitStatus.allCases { #expect(page.contains("\\fB\(status.rawValue)\\fR\n")) }
    }

    @Test("Text of the manual is text to man")
    func roff() {
        #expect(Roff.text(".SH 'a' \\n --x") == "\\&.SH \\(aqa\\(aq \\en \\-\\-x")
        #expect(Roff.paragraphs("One. Two.\n\nThree") == ["One.", "Two.", ".PP", "Three"])
    }

    @Test("paddock alone explains itself in about ten lines of 100 columns")
    func overview() {
        let lines = Paddock.overview.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 12 && lines.allSatisfy { $0.count <= 100 })
    }
}
