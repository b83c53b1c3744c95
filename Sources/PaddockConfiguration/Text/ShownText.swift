// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text in quotes, escaped and cut, for a message of one line.
    var shown: String {
        "\"" + self.escaped(maximum: 80) + "\""
    }

    /// The text with everything escaped that could break a line, steer a terminal or be invisible in it.
    ///
    /// - Parameter maximum: How many characters of the text are kept; an ellipsis replaces the rest.
    /// - Returns: Printable characters only.
    func escaped(maximum: Int = 256) -> String {
        var result = ""
        for (index, scalar) in self.unicodeScalars.enumerated() {
            if index == maximum {
                return result + "…"
            }
            result += Self.escape(scalar)
        }
        return result
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\"": return "\\\""
        case "\\": return "\\\\"
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            return "\\u{" + String(scalar.value, radix: 16) + "}"
        default:
            return String(scalar)
        }
    }
}
