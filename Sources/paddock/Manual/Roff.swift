// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Text as man pages are written.
enum Roff {
    /// A text that stands for itself.
    static func text(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            default: result.append(character)
            }
        }
        // At the beginning of a line a full stop would be a request.
        return result.hasPrefix(".") ? "\\&" + result : result
    }

    static func bold(_ text: String) -> String { "\\fB\(Self.text(text))\\fR" }

    static func italic(_ text: String) -> String { "\\fI\(Self.text(text))\\fR" }

    /// Paragraphs, each line of the source no longer than 80 columns, each sentence on a line of its own.
    static func paragraphs(_ text: String) -> [String] {
        let paragraphs = text.split(separator: "\n", omittingEmptySubsequences: true)
        return Array(paragraphs.map { Self.lines(String($0)) }.joined(separator: [".PP"]))
    }

    private static func lines(_ paragraph: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in paragraph.split(separator: " ") {
            let word = String(word)
            if !line.isEmpty, line.hasSuffix(".") || line.columns + word.columns >= 72 {
                lines.append(Self.text(line))
                line = ""
            }
            line += line.isEmpty ? word : " " + word
        }
        return lines + (line.isEmpty ? [] : [Self.text(line)])
    }
}
