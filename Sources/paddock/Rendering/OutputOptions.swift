// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockJSON

/// How a command prints: the one place that turns reports into output.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false

    /// Prints a report.
    func print(_ report: Report) throws(CommandFailure) {
        let lines = self.json ? [report.json.string] : report.lines(width: TerminalSize.ofStandardOutput()?.columns)
        try StandardOutput.write(lines.map { $0 + "\n" }.joined())
    }
}
