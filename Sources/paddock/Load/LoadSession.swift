// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockSystem
import UnixSignals

/// A run of `paddock load` with its progress line; a signal ends it early.
struct LoadSession {
    let run: LoadRun

    /// Runs to the end.
    ///
    /// - Returns: How long it took.
    func run() async -> Duration {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let start = ContinuousClock.now
        let running = Task { await self.run.run() }
        let listening = Task {
            for await _ in signals {
                running.cancel()
                // Whoever asks twice does not want the report either.
                signal(SIGINT, SIG_DFL)
                break
            }
        }
        let progress = Task { await self.show(since: start) }
        await running.value
        let elapsed = ContinuousClock.now - start
        listening.cancel()
        progress.cancel()
        await progress.value
        return elapsed
    }

    /// Keeps the line up to date, only for people.
    private func show(since start: ContinuousClock.Instant) async {
        guard TerminalSize.ofStandardError() != nil else { return }
        while (try? await Task.sleep(for: .milliseconds(250))) != nil {
            let (tally, outstanding) = self.run.progress
            let elapsed = ContinuousClock.now - start
            let line = LoadProgress.line(
                tally,
                outstanding: outstanding,
                elapsed: elapsed,
                isEnding: self.run.plan.duration.map { elapsed > $0 } ?? false,
                // The last column stays free, as some terminals go to the next line there.
                width: (TerminalSize.ofStandardError()?.columns ?? 80) - 1
            )
            StandardError.write("\r\u{1B}[K\(line)")
        }
        StandardError.write("\r\u{1B}[K")
    }
}
