// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a tool tells the script that started it.
package enum ToolOutput {
    /// Prints a line that leaves at once, whatever standard output is.
    package static func print(line: String) {
        Self.write(line, to: STDOUT_FILENO)
    }

    /// Ends the tool with one line on standard error.
    package static func fail(_ tool: String, _ error: any Error) -> Never {
        Self.write("\(tool): \(error)", to: STDERR_FILENO)
        exit(1)
    }

    private static func write(_ line: String, to descriptor: Int32) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
