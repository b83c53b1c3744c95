// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The scenes of Benchmarks/scripts/fairness in virtual time: `fairness-bench SCENE on|off` prints a line of a trace for each
// request. With `off` it is plain arrival order: no fairness, no classes, and nobody says how long they wait.

import Glibc
import PaddockAdmission
import PaddockBase
import PaddockReplay

func fail(_ message: String) -> Never {
    let line = Array((message + "\n").utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(64)
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 2, let scene = arguments.first, let isFair = ["on": true, "off": false][arguments.last ?? ""]
else {
    fail("usage: fairness-bench flood|quiet|batch|overload|steady on|off")
}
var stage = Stage(isFair: isFair)
switch scene {
case "flood":
    stage.keep(200, client: "flooder")
    for number in 0..<10 { stage.keep(1, client: "polite-\(number)") }
    stage.run(until: 1_200)
case "quiet", "batch":
    stage.pour(perSecond: Double(Stage.slots) / 2, until: 650, clients: 20)
    if scene == "batch" {
        for _ in 0..<1_000 {
            stage.plan(at: 20, client: "nightly") { $0.requestClass = isFair ? .batch : .interactive }
        }
    }
    stage.run(until: 2_000)
case "overload":
    stage.pour(perSecond: 2 * Double(Stage.slots), until: 600, clients: 20) { number, request in
        request.isStream = number % 2 == 0
        request.patience = 10_000_000_000
        if isFair { (request.deadline, request.isDeadlineStated) = (10_000_000_000, true) }
    }
    stage.run(until: 700)
case "steady":
    for number in 0..<10 { stage.keep(4, client: "steady-\(number)") }
    stage.run(until: 600)
default:
    fail("fairness-bench: there is no scene \(scene)")
}
