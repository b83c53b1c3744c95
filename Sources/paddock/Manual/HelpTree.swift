// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// The commands with their help, as argument parsing describes them.
struct HelpTree {
    struct Command {
        let commandName: String
        let abstract: String?
        let discussion: String?
        let shouldDisplay: Bool?
        let subcommands: [Command]?
        let arguments: [Argument]?
    }

    struct Argument {
        struct Name {
            let kind: String
            let name: String

            /// The name with its dashes.
            var text: String { self.kind == "long" ? "--\(self.name)" : "-\(self.name)" }
        }

        let kind: String
        let names: [Name]?
        let valueName: String?
        let abstract: String?
        let defaultValue: String?
        let allValues: [String]?
        let isOptional: Bool
        let isRepeating: Bool
        let shouldDisplay: Bool
    }

    let command: Command
}

extension HelpTree.Command: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.commandName = try json.member("commandName")
        self.abstract = try json.member("abstract")
        self.discussion = try json.member("discussion")
        self.shouldDisplay = try json.member("shouldDisplay")
        self.subcommands = try json.member("subcommands")
        self.arguments = try json.member("arguments")
    }
}

extension HelpTree.Argument.Name: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.kind = try json.member("kind")
        self.name = try json.member("name")
    }
}

extension HelpTree.Argument: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.kind = try json.member("kind")
        self.names = try json.member("names")
        self.valueName = try json.member("valueName")
        self.abstract = try json.member("abstract")
        self.defaultValue = try json.member("defaultValue")
        self.allValues = try json.member("allValues")
        self.isOptional = try json.member("isOptional")
        self.isRepeating = try json.member("isRepeating")
        self.shouldDisplay = try json.member("shouldDisplay")
    }
}

extension HelpTree: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.command = try json.member("command")
    }
}
