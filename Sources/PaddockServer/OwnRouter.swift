// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockProxy
package import PaddockSockets

/// Finds who answers a request to one of Paddock's own routes.
package struct OwnRouter: OwnRoutes {
    private let queue: QueueRoutes
    private let requests: RequestRoutes
    private let guardian: AdminGuard
    private let admin: AdminRoutes
    private let health: HealthRoutes
    private let metrics: MetricsRoutes
    private let dashboard: DashboardRoutes

    package init(
        admission: AdmissionController,
        backends: [Backend],
        history: RequestHistory,
        adminGuard: AdminGuard,
        memory: MemorySource,
        log: LogLevelSetting,
        dashboard: Dashboard,
        loops: [SocketLoop]
    ) {
        let unknown = SharedAnswer.unknownModel(admission)
        let requests = RequestRoutes(admission: admission, backends: backends, history: history, unknown: unknown)
        self.queue = QueueRoutes(admission: admission, memory: memory, unknown: unknown)
        self.requests = requests
        self.guardian = adminGuard
        self.admin = AdminRoutes(
            admission: admission,
            requests: requests,
            guardian: adminGuard,
            log: log,
            unknown: unknown
        )
        self.health = HealthRoutes(admission: admission, backends: backends, memory: memory)
        self.metrics = MetricsRoutes(
            admission: admission,
            backends: backends,
            memory: memory,
            dashboard: dashboard,
            loops: loops
        )
        self.dashboard = DashboardRoutes(admission: admission, dashboard: dashboard, unknown: unknown)
    }

    package func answer(to request: OwnRequest) -> OwnAnswer {
        switch request.path {
        case "/queue/stats": self.get(request) { self.queue.stats(request) }
        case "/queue/requests":
            self.get(request) {
                self.guardian.refusal(of: request).map { .now(OwnReply($0, .ollama)) } ?? self.requests.list(request)
            }
        case let path where path.hasPrefix(RequestRoutes.prefix): self.get(request) { self.requests.show(request) }
        case "/queue/memory": self.get(request) { self.queue.memoryReport }
        case "/health": self.get(request) { self.health.health }
        case "/health/live": self.get(request) { .now(self.health.live()) }
        case "/health/ready": self.get(request) { .now(self.health.ready()) }
        case "/metrics": self.get(request) { self.metrics.metrics }
        case let path where path == "/dashboard" || path.hasPrefix("/dashboard/"):
            self.get(request) { self.dashboard.answer(to: request) }
        case let path where path == "/admin" || path.hasPrefix("/admin/"): self.admin.answer(to: request)
        default: .now(.notFound(request.path))
        }
    }

    private func get(_ request: OwnRequest, _ answer: () -> OwnAnswer) -> OwnAnswer {
        request.method == "GET" || request.method == "HEAD"
            ? answer() : .now(.methodNotAllowed(request, allowed: "GET, HEAD"))
    }
}

extension OwnReply {
    /// The answer to a path that is ours but has nothing behind it.
    static func notFound(_ path: String) -> OwnReply {
        OwnReply(ErrorReply(404, "not_found", "there is nothing at \(path.prefix(256))"), .ollama)
    }

    /// The answer to a method that a route of ours does not have.
    static func methodNotAllowed(_ request: OwnRequest, allowed: String) -> OwnReply {
        var error = ErrorReply(
            405,
            "method_not_allowed",
            "\(request.path) does not answer \(request.method.prefix(32)): use \(allowed)"
        )
        error.fields = [("Allow", allowed)]
        return OwnReply(error, .ollama)
    }
}
