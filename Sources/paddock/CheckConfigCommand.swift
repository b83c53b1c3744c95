// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockBase
import PaddockConfiguration
import PaddockJSON
import PaddockServer
import PaddockStore

/// `paddock check-config`: what `serve` would run with, and where each value comes from.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Print the value and the source of each key of the configuration.",
        // Taking in the options of serve would make it serve's own command here.
        usage: "paddock check-config [<file>] [<options>]",
        discussion: """
            It reads what paddock serve would read, in the same order: flags, environment, file, defaults. If serve \
            would refuse to start, it prints the same error and exits with 78. Secrets are not shown.
            """
    )

    /// What it prints in place of the configuration.
    enum Document: String, EnumerableFlag {
        case schema, defaults, table

        static func help(for value: Self) -> ArgumentHelp? {
            switch value {
            case .schema: "Print the JSON schema of the file, for editors, and read nothing."
            case .defaults: "Print a file that has every key with its default, and read nothing."
            case .table: ArgumentHelp("Print the table of keys of docs/contract.md.", visibility: .hidden)
            }
        }
    }

    @Argument(help: "The configuration file (default: paddock.yaml here, if there is one).")
    var file: String?

    @Flag
    var document: Document?

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
        switch self.document {
        case .schema: return try StandardOutput.write(ConfigurationSchema.json.string + "\n")
        case .defaults: return try StandardOutput.write(SettingDocuments.file)
        case .table: return try StandardOutput.write(SettingDocuments.table)
        case nil: break
        }
        let loaded = try self.serve.load(self.file ?? self.serve.config).0
        var values = loaded.values.map { (name: $0.name, value: $0.value, source: $0.source.description) }
        for setting in Self.settings(beside: loaded.configuration) {
            let (name, value) = (setting.stored.key.escapedForTerminal, setting.stored.value.escapedForTerminal)
            values.removeAll { $0.name == name }
            values.append((name, value, setting.source))
        }
        let table = Table(
            [
                Table.Column(title: "KEY", alignment: .left),
                Table.Column(title: "VALUE", alignment: .left, isFlexible: true),
                Table.Column(title: "FROM", alignment: .left, isFlexible: true),
            ],
            rows: values.map { [$0.name, $0.value.isEmpty ? "(none)" : $0.value, $0.source] }
        )
        let settings = values.map { value -> JSONText in
            #"{"key":\#(value.name),"value":\#(value.value),"from":\#(value.source)}"#
        }
        try self.output.print(Report(blocks: [.table(table)], json: #"{"settings":\#(settings)}"#))
    }

    /// What operators set at run time, of a gateway that uses this configuration.
    private static func settings(beside configuration: Configuration) -> [OperatorSetting] {
        let folder: String? =
            switch configuration.state {
            case .off: nil
            case .auto: StoreFolder.automatic(.ofProcess)
            case .folder(let path): path
            }
        guard let folder else { return [] }
        do throws(StoreError) {
            return OperatorSetting.holding(try Store.settings(in: folder), beside: configuration)
        } catch {
            StandardError.say("paddock: what was set at run time is not shown: \(error.reason.escapedForTerminal)")
            return []
        }
    }
}
