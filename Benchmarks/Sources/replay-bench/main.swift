// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// How fast a trace is replayed: a million requests of three models and a thousand clients, with deadlines, batch and clients
// that go away, at about the capacity of the slots. Exit status 1 when it takes more than ten seconds.

import Glibc
import PaddockAdmission
import PaddockBase
import PaddockReplay

func makeTrace(_ count: Int) -> ReplayTrace {
    var random = SeededRandom(seed: 3)
    var requests: [ReplayRequest] = []
    requests.reserveCapacity(count)
    var now: Int64 = 0
    for number in 0..<count {
        // Twelve slots, and two seconds at the mean.
        now += Int64(random.unit() * 2 * 2e9 / 12)
        var request = ReplayRequest(
            arrived: now,
            model: Int32(random.number(below: 3)),
            client: Int32(random.number(below: random.number(below: 4) == 0 ? 1_000 : 20))
        )
        request.requestClass = random.number(below: 10) == 0 ? .batch : .interactive
        request.expectsStream = number % 2 == 0
        request.processing = Int64((0.5 + 3 * random.unit()) * 1e9)
        request.firstByte = request.expectsStream ? 200_000_000 : request.processing
        request.deadline = 300_000_000_000
        if random.number(below: 5) == 0 { (request.deadline, request.isDeadlineStated) = (10_000_000_000, true) }
        if random.number(below: 20) == 0 {
            (request.outcome, request.processing, request.firstByte) = (.cancelled, nil, nil)
            request.wait = 5_000_000_000
        }
        requests.append(request)
    }
    let models = ["llama2", "mistral", "qwen3"].compactMap { ModelName($0) }
    let clients = (0..<1_000).map { Client(name: "client-\($0)", weight: Double(1 + $0 % 3)) }
    return ReplayTrace(models: models, clients: clients, requests: requests)
}

let count = 1_000_000
let trace = makeTrace(count)
let busiest = trace.busiestClients(10)
var isInTime = true
for isFair in [true, false] {
    var setting = ReplaySetting(AdmissionOptions(limits: Limits(parallel: 4, queue: 512)))
    setting.admission.policy.isFair = isFair
    let start = ContinuousClock.now
    let summary = Replay.run(trace, setting, busiest: busiest)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let hundredths = Int((seconds * 100).rounded())
    let text = Ending.ofArrivals.map { "\($0.rawValue) \(summary.all.count(of: $0))" }.joined(separator: ", ")
    print("\(count) requests, fairness \(isFair ? "on" : "off"): \(Double(hundredths) / 100) s (\(text))")
    isInTime = isInTime && seconds <= 10
}
exit(isInTime ? 0 : 1)
