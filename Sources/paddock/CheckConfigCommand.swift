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
struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check the configuration, and print the value and the source of each key.",
        // Taking in the options of serve would make it serve's own command here.
        usage: "paddock check-config [<file>] [<options>]",
        discussion: """
            It reads what paddock serve would read, in the same order: flags, environment, file, defaults. If serve \
            would refuse to start, it prints the same errors, all of them, and exits with 78. It warns of what is allowed \
            and probably not meant, and asks the backends which models they have. Secrets are not shown.
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

    @Flag(help: "Ask no backend.")
    var offline = false

    @Flag(help: "Exit with 1 if there are warnings.")
    var strict = false

    @OptionGroup(title: "Options of serve")
    var serve: ServeCommand

    @OptionGroup
    var output: OutputOptions

    func validate() throws {
        guard self.file == nil || self.serve.config == nil else {
            throw ValidationError("give the file once: as an argument or as --config")
        }
    }

    func run() async throws {
        switch self.document {
        case .schema: return try StandardOutput.write(ConfigurationSchema.json.string + "\n")
        case .defaults: return try StandardOutput.write(SettingDocuments.file)
        case .table: return try StandardOutput.write(SettingDocuments.table)
        case nil: break
        }
        let loaded = try self.serve.load(self.file ?? self.serve.config).0
        let settings = Self.settings(beside: loaded.configuration)
        // What operators have set holds, and is what would be warned of at the start.
        let configuration = loaded.configuration.applying(settings)
        let resolved = Resolved(configuration)
        let facts = self.offline ? [] : await BackendInquiry.facts(configuration.backends)
        let review = ConfigurationReview(configuration, parallel: resolved.parallel, backends: facts)
        for warning in review.warnings { StandardError.say("paddock: warning: \(warning.escapedForTerminal)") }
        for note in review.notes { StandardError.say("paddock: note: \(note.escapedForTerminal)") }
        try self.print(loaded, settings, resolved, review)
        if self.strict, !(loaded.warnings + review.warnings).isEmpty { throw ExitCode(ExitStatus.trouble.rawValue) }
    }

    private func print(
        _ loaded: LoadedConfiguration,
        _ settings: [OperatorSetting],
        _ resolved: Resolved,
        _ review: ConfigurationReview
    ) throws {
        var values = loaded.values.map { (name: $0.name, value: $0.value, source: $0.source.description) }
        for setting in settings {
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
            rows: values.map { value in
                let reason = Self.effective(value.name, loaded.configuration, resolved).map { ", \($0.reason)" }
                return [value.name, value.value.isEmpty ? "(none)" : value.value, value.source + (reason ?? "")]
            }
        )
        let listed = values.map { value -> JSONText in
            .object { json in
                json.member("key", value.name)
                json.member("value", value.value)
                json.member("from", value.source)
                if let effective = Self.effective(value.name, loaded.configuration, resolved)?.number {
                    json.member("effective", effective)
                }
            }
        }
        let warnings = loaded.warnings + review.warnings
        let json: JSONText = #"{"settings":\#(listed),"warnings":\#(warnings),"notes":\#(review.notes)}"#
        try self.output.print(Report(blocks: [.table(table)], json: json))
    }

    /// What a value that is `auto` means on this machine, and why.
    private static func effective(
        _ name: String,
        _ configuration: Configuration,
        _ resolved: Resolved
    ) -> (number: Int, reason: String)? {
        switch name {
        case "ollama_num_parallel": resolved.parallelReason(configuration).map { (resolved.parallel, $0) }
        case "event_loops": resolved.loopsReason(configuration).map { (resolved.eventLoops, $0) }
        default: nil
        }
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
