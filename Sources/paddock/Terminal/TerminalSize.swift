// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem

/// The columns and rows of a terminal.
struct TerminalSize: Equatable {
    var columns: Int
    var rows: Int

    /// The size of the terminal that standard output is, or `nil` where it is none.
    static func ofStandardOutput() -> TerminalSize? { Self.size(of: STDOUT_FILENO) }

    /// The size of the terminal that standard error is, or `nil` where it is none.
    static func ofStandardError() -> TerminalSize? { Self.size(of: STDERR_FILENO) }

    private static func size(of descriptor: Int32) -> TerminalSize? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            // A terminal that does not know its size, such as a serial line.
            return TerminalSize(columns: 80, rows: 24)
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}
