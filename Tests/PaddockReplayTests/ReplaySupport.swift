// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting

@testable import PaddockReplay

let second: Int64 = 1_000_000_000

/// A trace that is written down by hand, times in seconds.
struct HandTrace {
    var models = ["llama2"]
    var clients = [Client(name: "ann"), Client(name: "bob")]
    var requests: [ReplayRequest] = []

    /// Adds a request that took a second.
    mutating func add(
        at seconds: Double,
        client: Int32 = 0,
        model: Int32 = 0,
        _ change: (inout ReplayRequest) -> Void = { _ in }
    ) {
        var request = ReplayRequest(arrived: Int64(seconds * 1e9), model: model, client: client)
        request.processing = second
        request.firstByte = second / 10
        request.expectsStream = true
        change(&request)
        self.requests.append(request)
    }

    var trace: ReplayTrace {
        ReplayTrace(models: self.models.compactMap { ModelName($0) }, clients: self.clients, requests: self.requests)
    }

    /// What becomes of each request, such as `1.0+2.0 completed`: the start, how long the slot was held, the outcome.
    func courses(parallel: Int = 1, queue: Int = 10, _ change: (inout ReplaySetting) -> Void = { _ in }) -> [String] {
        var setting = ReplaySetting(AdmissionOptions(limits: Limits(parallel: parallel, queue: queue)))
        change(&setting)
        return Replay.tally(self.trace, setting).courses.map { course in
            let ended = Double(course.ended) / 1e9
            guard let started = course.started.map({ Double($0) / 1e9 }) else {
                return "\(ended) \(course.outcome.rawValue)"
            }
            return "\(started)+\(((ended - started) * 1000).rounded() / 1000) \(course.outcome.rawValue)"
        }
    }
}
