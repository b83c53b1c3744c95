// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockTesting

/// No gateway at all: each request goes to the next host as it comes, and the host decides.
struct DirectGateway: FleetGateway {
    let hostCount: Int
    private var next = 0

    init(hostCount: Int) {
        self.hostCount = hostCount
    }

    mutating func arrived(_ request: FleetRequest, now: Instant, _ actions: inout FleetActions) {
        actions.send(request.id, to: self.next % self.hostCount)
        self.next += 1
    }
}
