// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The text of documents about the settings, made from their one list.
package enum SettingDocuments {
    /// The table of all keys for the contract, in Markdown.
    package static var table: String {
        let rows = Setting.all.map { setting in
            let key = "`\(setting.key)`" + (setting.section.map { " (section \($0))" } ?? "")
            let variables = setting.variables.reversed().map { variable in
                "`\(variable.name)`" + (variable.separator.map { " (split at `\($0)`)" } ?? "")
            }
            let flag = setting.flag.map { "`\($0)`" + (setting.isList ? " (repeatable)" : "") } ?? ""
            let cells = [
                key, setting.wanted, variables.joined(separator: " or "), flag, Self.standard(setting),
                setting.needsRestart ? "restart" : "reload",
            ]
            return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
        }
        let titles = "| key in `paddock.yaml` | value | environment | flag | default | a change needs a |\n"
        return titles + "|---|---|---|---|---|---|\n" + rows.joined()
    }

    private static func standard(_ setting: Setting) -> String {
        if let text = setting.standardText { return "`\(text)`" }
        let elements = setting.standardElements.map { "`\($0)`" }
        return elements.isEmpty ? "none" : elements.joined(separator: ", ")
    }

    /// A complete configuration file with every key and its default, all commented out.
    ///
    /// A line with a key has no blank after its `#`, or two in a map; text has one.
    package static var file: String {
        var lines = self.prose(
            """
            The configuration of Paddock. Each line that begins with # and a key shows the default of the key, or an example if \
            there is none. `paddock check-config FILE` checks the file; `systemctl reload paddock` (SIGHUP) takes over what \
            has changed.
            """
        )
        for group in Setting.groups {
            lines += ["", "# " + group.title + " " + String(repeating: "-", count: 80 - group.title.count)]
            var map: String?
            for setting in group.settings {
                if let name = setting.map, name != map { lines += ["", "#\(name):"] }
                map = setting.map
                lines += [""] + Self.lines(setting)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func lines(_ setting: Setting) -> [String] {
        var text = setting.summary
        if setting.needsRestart { text += " A change needs a restart." }
        if setting.standardText == nil, !setting.isList { text += " Not set by default." }
        text += "\nValue: \(setting.wanted)."
        let value: String
        if setting.isList {
            if let example = setting.example { text += "\nExample: " + example }
            value = Self.yaml(setting)
        } else {
            value = setting.standardText ?? setting.example ?? ""
        }
        let indent = setting.map == nil ? "" : "  "
        return self.prose(text) + ["#\(indent)\(setting.nameInMap): \(value)"]
    }

    /// The default of a list in one line of YAML.
    private static func yaml(_ setting: Setting) -> String {
        if case .map = setting.schema { return "{}" }
        return "[" + setting.standardElements.joined(separator: ", ") + "]"
    }

    /// A text as lines of comment of at most 100 characters.
    private static func prose(_ text: String) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(separator: "\n") {
            var line = "#"
            for word in paragraph.split(separator: " ") {
                if line.count + 1 + word.count > 100 {
                    lines.append(line)
                    line = "#"
                }
                line += " " + word
            }
            lines.append(line)
        }
        return lines
    }
}
