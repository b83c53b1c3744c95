// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockServer

/// The line that `paddock load` keeps up to date while it runs.
enum LoadProgress {
    /// The line.
    ///
    /// - Parameters:
    ///   - tally: What has been measured so far.
    ///   - outstanding: How many requests have not ended.
    ///   - elapsed: How long it has run.
    ///   - isEnding: Whether nothing more is sent.
    ///   - width: The columns of the terminal.
    static func line(
        _ tally: LoadTally,
        outstanding: Int,
        elapsed: Duration,
        isEnding: Bool,
        width: Int
    ) -> String {
        let seconds = elapsed / .seconds(1)
        let failed = tally.all.ended - tally.all.completed
        var parts = [
            "\(NumberText.decimals(seconds, 0)) s",
            "\(tally.all.completed) completed",
            "\(NumberText.rate(seconds > 0 ? Double(tally.all.completed) / seconds : nil))/s",
            "\(failed) not",
            isEnding ? "waiting for \(outstanding) to end" : "\(outstanding) outstanding",
        ]
        if let median = tally.all.total.percentile(50) {
            parts.append("p50 \(NumberText.time(milliseconds: median.milliseconds))")
        }
        if let worst = tally.statuses.filter({ $0.key != "200" }).max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
            parts.append("\(worst.key): \(worst.value)")
        }
        return parts.joined(separator: " · ").escapedForTerminal.cut(to: width)
    }
}
