// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockConfiguration
import PaddockServer

/// `paddock check-config`: what `serve` would run with, and where each value comes from.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Print the value of each key of the configuration and where it comes from.",
        // Taking in the options of serve would make it serve's own command here.
        usage: "paddock check-config [<file>] [<options>]",
        discussion: """
            It reads what paddock serve would read, in the same order: flags, environment, file, defaults. Where serve \
            would refuse to start, it says the same and exits with 78. Secrets are not shown.
            """
    )

    @Argument(help: "The configuration file (default: paddock.yaml here, if there is one).")
    var file: String?

    @OptionGroup(title: "Options of serve")
    var serve: ServeCommand

    @OptionGroup
    var output: OutputOptions

    func validate() throws {
        guard self.file == nil || self.serve.config == nil else {
            throw ValidationError("give the file once: as an argument or as --config")
        }
    }

    func run() throws {
        var serve = self.serve
        serve.config = self.file ?? self.serve.config
        let settings = try serve.loaded().settings
        let table = Table(
            [
                Table.Column(title: "KEY", alignment: .left),
                Table.Column(title: "VALUE", alignment: .left, isFlexible: true),
                Table.Column(title: "FROM", alignment: .left, isFlexible: true),
            ],
            rows: settings.map { [$0.name, $0.value.isEmpty ? "(none)" : $0.value, $0.source.description] }
        )
        let json = settings.map { setting in
            OrderedJSON.object([
                ("key", .string(setting.name)),
                ("value", .string(setting.value)),
                ("from", .string(setting.source.description)),
            ])
        }
        try self.output.print(Report(blocks: [.table(table)], json: .object([("settings", .array(json))])))
    }
}
