// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CExclusivity
import PaddockServer

/// The command line: one verb per file.
@main
struct Paddock: AsyncParsableCommand {
    static func main() async {
        #if !DEBUG
        paddock_end_exclusivity_checks()
        #endif
        await self.main(nil)
    }

    static let configuration = CommandConfiguration(
        commandName: "paddock",
        abstract: "A concurrency gateway for Ollama: a queue for every model, on port 8080.",
        discussion: """
            paddock serve   in front of an Ollama: clients change nothing but the port
            paddock demo    gateway and simulated Ollama in one process, with a gentle load
            paddock sim     a simulated Ollama, to try and test without a model
            """,
        version: PaddockVersion.text,
        subcommands: [ServeCommand.self, SimCommand.self, DemoCommand.self]
    )
}
