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
    static func say(_ text: String) { self.write(text + "\n") }

    /// Writes a text.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // Nobody may be there to read it; that is no reason to stop.
        #if canImport(Darwin)
        _ = Darwin.write(STDERR_FILENO, bytes, bytes.count)
        #elseif canImport(Musl)
        _ = Musl.write(STDERR_FILENO, bytes, bytes.count)
        #else
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
        #endif
    }
}
