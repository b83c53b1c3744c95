// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import PaddockAdmission
import PaddockConfiguration
import PaddockProxy
import PaddockServer
import PaddockStore
import PaddockTesting

/// The routes of a gateway with one backend.
struct OwnRouter {
    let admission = AdmissionController(
        AdmissionOptions(limits: Limits(parallel: 4, queue: 512)),
        now: .now(),
        onDeadline: { _, _ in }
    )
    let routes: OwnRoutes
    private let access: AccessRule

    init(token: String? = nil, view: String? = nil, dashboard: DashboardAccess = .open, store: Store? = nil) throws {
        let settings = OperatorSettings(Configuration(), store: store)
        let log = ServerLog(.init(), eventLoops: 1, backends: BackendNames([.ollama]))
        let services = GatewayServices(
            admission: self.admission,
            backends: BackendNames([.ollama]),
            memory: { MemoryReading(totalBytes: 32 << 30, availableBytes: 37 << 29) },
            log: log,
            loops: [],
            kept: KeptServices(
                events: try EventLog(store, log.logger),
                settings: settings,
                keys: try KeyRing(store)
            )
        )
        self.routes = OwnRoutes(services)
        var configuration = Configuration()
        configuration.adminToken = token.map { Secret($0) }
        configuration.viewToken = view.map { Secret($0) }
        configuration.dashboard = dashboard
        self.access = AccessRule(configuration, hostRule: HostRule(machineName: "Spark-1"))
    }

    /// The answer to a request, once it is there.
    func reply(to request: OwnRequest) async -> OwnReply {
        switch self.routes.answer(to: request, access: self.access) {
        case .now(let reply): reply
        case .later(let begin):
            await withCheckedContinuation { continuation in
                begin(OwnResponder(on: NIOAsyncTestingEventLoop()) { continuation.resume(returning: $0) })
            }
        }
    }
}
