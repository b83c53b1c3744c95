// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockProxy
internal import PaddockSockets

/// `/metrics` (contract section 16).
struct MetricsRoutes: Sendable {
    private let all: SharedAnswer

    init(_ services: GatewayServices) {
        self.all = SharedAnswer(on: services.renderer) {
            var report = MetricsReport(
                admission: services.admission.snapshot(now: .now()),
                backends: services.backends.texts,
                memory: services.memory(),
                process: ProcessReading.system(),
                dashboardSubscribers: services.dashboard.subscribers,
                turns: services.loops.reduce(TurnLengths()) { $0 + $1.turnLengths }
            )
            report.store = services.usage?.status
            report.batches = services.batches?.status
            report.lostRequests = services.archive?.lost
            report.cluster = services.cluster?.reading
            report.lostLines = services.log.lostLines
            return OwnReply(200, contentType: MetricsText.contentType, body: report.text)
        }
    }

    /// Everything, as of now.
    func metrics(_ request: OwnRequest) -> OwnAnswer { self.all.answer() }
}
