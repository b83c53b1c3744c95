// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Synchronization

/// What standard error shows while something takes long: one line that changes on a terminal, else a line now and then.
final class ProgressLine: Sendable {
    private struct State {
        var isShown = false
        var shownAt: ContinuousClock.Instant?
        var title = ""
    }

    /// The columns of the terminal; nil if standard error is none.
    let columns: Int?
    /// Whether only ASCII may be shown.
    let isPlain: Bool
    private let state = Mutex(State())

    init() {
        self.columns = TerminalSize.ofStandardError()?.columns
        self.isPlain = self.columns == nil || !TerminalText.isUTF8
    }

    /// How wide a bar may be; 0 if there is none.
    var barWidth: Int { self.columns.map { $0 >= 60 ? 20 : 0 } ?? 0 }

    /// Shows a line. On a terminal at most ten a second, elsewhere at most one in ten seconds, but each time that the title changes.
    ///
    /// - Parameters:
    ///   - title: what is going on, which does not change with each step.
    ///   - text: the line; may have anything in it.
    func show(_ title: String, _ text: @autoclosure () -> String) {
        let now = ContinuousClock.now
        let isDue = self.state.withLock { state in
            let pause = self.columns == nil ? Duration.seconds(10) : .milliseconds(100)
            guard state.title != title || state.shownAt.map({ now - $0 >= pause }) ?? true else { return false }
            state.shownAt = now
            state.title = title
            state.isShown = true
            return true
        }
        guard isDue else { return }
        let line = text().escapedForTerminal
        if let columns = self.columns {
            StandardError.write("\r\(line.cut(to: columns - 1))\u{1B}[K")
        } else {
            StandardError.say(line)
        }
    }

    /// Removes the line of a terminal, so that something else can be printed.
    func clear() {
        let wasShown = self.state.withLock { state in
            defer { state.isShown = false }
            return state.isShown
        }
        if wasShown, self.columns != nil { StandardError.write("\r\u{1B}[K") }
    }

    /// The line of bytes that are sent or fetched.
    func show(_ title: String, bytes: Int, of all: Int?) {
        let text = NumberText.bytes(bytes) + (all.map { " of \(NumberText.bytes($0))" } ?? "")
        guard let all, self.barWidth > 0 else { return self.show(title, "\(title): \(text)") }
        let bar = Bar(value: bytes, limit: all).text(width: self.barWidth, isPlain: self.isPlain)
        self.show(title, "\(bar) \(title): \(text)")
    }
}
