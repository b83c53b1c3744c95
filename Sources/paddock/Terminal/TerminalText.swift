// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem

/// What the terminal can show.
enum TerminalText {
    /// Whether it shows more than ASCII.
    static var isUTF8: Bool {
        for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
            if let value = SystemCall.variable(name), !value.isEmpty {
                let value = value.lowercased()
                return value.contains("utf-8") || value.contains("utf8")
            }
        }
        return false
    }
}
