// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockJSON

/// `paddock manual`: the manual page, made of the help, so that the two cannot differ. For packagers; not in the help.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print the manual page, for man.",
        shouldDisplay: false
    )

    func run() throws {
        try StandardOutput.write(Self.page())
    }

    /// The page.
    static func page() throws -> String {
        let help = try HelpTree(json: JSONValue(parsing: Array(Paddock._dumpHelp().utf8)))
        return ManualPage(help.command).text
    }
}
