// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Text made fit for a terminal: clients choose names, and a name must not steer the terminal of who looks at it.
extension String {
    /// The text with everything escaped that could break a line, steer a terminal or be invisible in it.
    package var escapedForTerminal: String {
        guard self.unicodeScalars.contains(where: \.needsEscape) else { return self }
        var result = ""
        for scalar in self.unicodeScalars {
            if scalar.needsEscape {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// How many columns the text takes.
    package var columns: Int { self.reduce(0) { $0 + $1.columns } }

    /// The text on lines that are no wider, broken between words; all but the first line are indented.
    package func wrapped(to columns: Int) -> [String] {
        guard self.columns > columns, columns > 8 else { return [self] }
        var lines: [String] = []
        var line = ""
        for word in self.split(separator: " ") {
            let longer = line.isEmpty ? String(word) : line + " " + word
            if longer.columns <= columns {
                line = longer
            } else {
                if !line.isEmpty { lines.append(line) }
                line = "  " + word
            }
        }
        return (lines + [line]).map { $0.cut(to: columns) }
    }

    /// The text, or as much of it as fits, with an ellipsis for the rest.
    package func cut(to columns: Int) -> String {
        guard self.columns > columns else { return self }
        guard columns > 0 else { return "" }
        var result = ""
        var used = 1
        for character in self {
            used += character.columns
            if used > columns { break }
            result.append(character)
        }
        return result + "…"
    }
}

extension Unicode.Scalar {
    fileprivate var needsEscape: Bool {
        if self.isASCII { return self.value < 0x20 || self.value == 0x7F }
        return switch self.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: true
        default: false
        }
    }

    /// Whether terminals give the character two columns (Unicode's East Asian Width W and F, in rough blocks).
    fileprivate var isWide: Bool {
        switch self.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
            0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}

extension Character {
    /// How many columns a terminal gives the character.
    fileprivate var columns: Int {
        guard let first = self.unicodeScalars.first else { return 0 }
        if first.isASCII { return 1 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: return first.isWide ? 2 : 1
        }
    }
}
