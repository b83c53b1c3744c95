// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockBase
import PaddockConfiguration

/// What is wrong with a command line, in one line.
enum CommandNames {
    /// What is wrong with the names of commands that arguments begin with; nil if they are right, or that is not a matter of names.
    ///
    /// - Parameters:
    ///   - arguments: the arguments, without the program.
    ///   - root: the command that has the others.
    static func problem(with arguments: ArraySlice<String>, of root: any ParsableCommand.Type) -> String? {
        var command = root
        var path = "paddock"
        for argument in arguments {
            let commands =
                command.configuration.subcommands
                + command.configuration.groupedSubcommands.flatMap(\.subcommands)
            if commands.isEmpty || argument.hasPrefix("-") || argument == "help" { return nil }
            let named = commands.map { (name: $0._commandName, key: $0._commandName) }
            guard let next = commands.first(where: { $0._commandName == argument }) else {
                let shown = argument.cut(to: 60).escapedForTerminal
                let nearest = NearestKey.find(argument, among: named).map { "did you mean \(path) \($0)?" }
                return "there is no command \(shown): \(nearest ?? "see \(path) --help")"
            }
            command = next
            path += " \(argument)"
        }
        return nil
    }

    /// A problem that the parser of arguments told, in the style of all others.
    static func usageProblem(_ message: String) -> String {
        let line = message.split(whereSeparator: \.isNewline).first.map(String.init) ?? "the command line is wrong"
        var text = line.hasPrefix("Error: ") ? String(line.dropFirst("Error: ".count)) : line
        if text.hasSuffix(".") { text.removeLast() }
        return "\(text.prefix(1).lowercased())\(text.dropFirst())".escapedForTerminal + " (see --help)"
    }
}
