// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockProxy

/// `/metrics` (contract section 16).
package struct MetricsRoutes: Sendable {
    private let admission: AdmissionController
    private let backends: [String]
    private let memory: MemorySource
    private let dashboard: Dashboard

    package init(admission: AdmissionController, backends: [Backend], memory: MemorySource, dashboard: Dashboard) {
        self.admission = admission
        self.backends = backends.map(\.url)
        self.memory = memory
        self.dashboard = dashboard
    }

    /// Everything, as of now.
    package func metrics() -> OwnReply {
        let report = MetricsReport(
            admission: self.admission.snapshot(now: .now()),
            backends: self.backends,
            memory: self.memory.read(),
            process: ProcessReading.system(),
            dashboardSubscribers: self.dashboard.feed.count
        )
        return OwnReply(200, contentType: MetricsText.contentType, body: report.text)
    }
}
