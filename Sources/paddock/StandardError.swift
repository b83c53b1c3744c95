// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem

/// What the commands say to people.
enum StandardError {
    /// Writes lines.
    static func say(_ text: String) { self.write(text + "\n") }

    /// Writes a text.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // Nobody may be there to read it; that is no reason to stop.
        _ = PaddockSystem.write(STDERR_FILENO, bytes, bytes.count)
    }
}
