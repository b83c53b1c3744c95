// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CExclusivity
import PaddockBase
import PaddockServer

/// The command line: one verb per file.
@main
struct Paddock: AsyncParsableCommand {
    static func main() async {
        #if !DEBUG
        paddock_end_exclusivity_checks()
        #endif
        StandardStreams.open()
        if let problem = CommandNames.problem(with: CommandLine.arguments.dropFirst(), of: Self.self) {
            StandardError.say("paddock: \(problem)")
            self.exit(withError: ExitCode(ExitStatus.usage.rawValue))
        }
        do {
            var command = try self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            StandardError.say("paddock: \(failure.message)")
            self.exit(withError: ExitCode(failure.status.rawValue))
        } catch let code as ExitCode {
            self.exit(withError: code)
        } catch {
            let code = self.exitCode(for: error)
            // Help and the version are no errors.
            if code == .success { self.exit(withError: error) }
            let message = self.message(for: error)
            let text = code == .validationFailure ? CommandNames.usageProblem(message) : message.escapedForTerminal
            StandardError.say("paddock: \(text)")
            self.exit(withError: code)
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "paddock",
        abstract: "A concurrency gateway for Ollama: a queue for every model, on port 8080.",
        version: PaddockVersion.text,
        subcommands: [ManualCommand.self],
        groupedSubcommands: [
            CommandGroup(name: "Running", subcommands: [ServeCommand.self, SimCommand.self, DemoCommand.self]),
            CommandGroup(
                name: "Monitoring",
                subcommands: [
                    StatusCommand.self, TopCommand.self, RequestsCommand.self, ClientsCommand.self, EventsCommand.self,
                    UsageCommand.self, MemoryCommand.self, ClusterCommand.self,
                ]
            ),
            CommandGroup(
                name: "Control",
                subcommands: [
                    SetCommand.self, UnsetCommand.self, ResetCommand.self, CancelCommand.self, BackendCommand.self,
                    UnloadCommand.self, PinCommand.self, UnpinCommand.self, KeysCommand.self,
                ]
            ),
            CommandGroup(name: "Batch jobs", subcommands: [BatchCommand.self]),
            CommandGroup(
                name: "Tools",
                subcommands: [CheckConfigCommand.self, BackupCommand.self, LoadCommand.self, WhatIfCommand.self]
            ),
        ]
    )

    func run() throws {
        try StandardOutput.write(Self.overview)
    }

    /// What `paddock` alone prints.
    static let overview = """
        Paddock, a concurrency gateway for Ollama: a queue for every model.

          paddock serve    in front of an Ollama: clients use port 8080 and change nothing else
          paddock demo     gateway and simulated Ollama in one process, with a light load
          paddock status   the state of a running gateway; paddock top shows it live
          paddock set      change the limits of a model while it runs
          paddock load     send requests and measure waits and answers

        All commands: paddock --help. One of them: paddock help serve. Version \(PaddockVersion.text).

        """
}
