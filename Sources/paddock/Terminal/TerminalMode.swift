// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem
import Synchronization

/// The terminal as a screen of ours: keys come one by one, nothing scrolls away, and all of it can be given back.
final class TerminalMode: Sendable {
    /// What the terminal was like before; `nil` while it is not ours.
    private let saved = Mutex<termios?>(nil)

    /// Takes the terminal over.
    ///
    /// - Throws: `CommandFailure` where it is gone.
    func enter() throws(CommandFailure) {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else {
            throw CommandFailure(.unavailable, "the terminal cannot be read (\(SystemError.last))")
        }
        self.saved.withLock { $0 = settings }
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        // Ctrl-C still signals; Ctrl-Z comes as a key, as the screen must be given back before the process stops.
        Self.set(&settings, VSUSP, to: Self.disabled)
        // A read gives what is there and never waits.
        Self.set(&settings, VMIN, to: 0)
        Self.set(&settings, VTIME, to: 0)
        _ = tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        try StandardOutput.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    /// Gives the terminal back as it was; can be called more than once.
    func leave() {
        let settings = self.saved.withLock { $0.take() }
        guard var settings else { return }
        try? StandardOutput.write("\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l")
        // A process in the background may not set a terminal; being stopped for that would leave it as it is.
        signal(SIGTTOU, SIG_IGN)
        _ = tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    private static func set(_ settings: inout termios, _ index: Int32, to value: cc_t) {
        withUnsafeMutableBytes(of: &settings.c_cc) { $0[Int(index)] = value }
    }

    /// `_POSIX_VDISABLE`.
    private static var disabled: cc_t {
        #if os(Linux)
        0
        #else
        0xFF
        #endif
    }
}
