// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockProxy
package import PaddockSockets

/// `/metrics` (contract section 16).
package struct MetricsRoutes: Sendable {
    private let all: SharedAnswer

    package init(
        admission: AdmissionController,
        backends: [Backend],
        memory: MemorySource,
        dashboard: Dashboard,
        loops: [SocketLoop]
    ) {
        let urls = backends.map(\.url)
        self.all = SharedAnswer {
            let report = MetricsReport(
                admission: admission.snapshot(now: .now()),
                backends: urls,
                memory: memory.read(),
                process: ProcessReading.system(),
                dashboardSubscribers: dashboard.feed.count,
                turns: loops.reduce(TurnLengths()) { $0 + $1.turnLengths }
            )
            return OwnReply(200, contentType: MetricsText.contentType, body: report.text)
        }
    }

    /// Everything, as of now.
    package var metrics: OwnAnswer { .later(self.all) }
}
