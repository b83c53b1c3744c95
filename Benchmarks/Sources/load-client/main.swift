// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// A load generator for proxies on this machine. Options: LoadPlan.swift; what it prints: LoadReport.swift.

import BenchmarkSupport

do {
    let options = try ToolOptions(
        Array(CommandLine.arguments.dropFirst()),
        names: LoadPlan.names,
        switches: LoadPlan.switches
    )
    var client = try LoadClient(plan: LoadPlan(options))
    try client.run()
} catch {
    ToolOutput.fail("load-client", error)
}
