// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What the commands say to people.
enum StandardError {
    /// Writes lines.
    static func say(_ text: String) {
        let line = Array((text + "\n").utf8)
        // Nobody may be there to read it; that is no reason to stop.
        _ = write(STDERR_FILENO, line, line.count)
    }
}
