// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// A very fast scripted backend. Prints its port and serves until it is ended. What it answers: StubScript.swift.

import BenchmarkSupport

do {
    let options = try ToolOptions(Array(CommandLine.arguments.dropFirst()), names: ["port", "interval-ms"])
    let (listener, port) = try Loopback.listen(port: options.number("port", default: 0))
    let interval: Int64 = try options.number("interval-ms", default: 20)
    let backend = try StubBackend(listener: listener, interval: interval * 1_000_000)
    ToolOutput.print(line: "\(port)")
    backend.run()
} catch {
    ToolOutput.fail("stub-backend", error)
}
