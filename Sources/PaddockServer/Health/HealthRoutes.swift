// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockProxy

/// `/health`, `/health/live` and `/health/ready` (contract section 7).
package struct HealthRoutes: Sendable {
    private let admission: AdmissionController
    private let backends: [Backend]
    private let memory: MemorySource

    package init(admission: AdmissionController, backends: [Backend], memory: MemorySource) {
        self.admission = admission
        self.backends = backends
        self.memory = memory
    }

    /// Everything at a glance; 200 while the process serves.
    package func health() -> OwnReply {
        let snapshot = self.admission.snapshot(now: .now())
        let backends = zip(self.backends, snapshot.backends).map { backend, state in
            OrderedJSON.object([("url", .string(backend.url)), ("healthy", .bool(state.isHealthy))])
        }
        return OwnReply(
            json: .object([
                ("status", .string(snapshot.status)),
                ("version", .string(PaddockVersion.text)),
                ("backends", .array(backends)),
                (
                    "concurrency",
                    .object([
                        ("default_parallel", .integer(snapshot.defaults.parallel)),
                        ("default_queue_limit", .integer(snapshot.defaults.queue)),
                        ("total_models", .integer(snapshot.models.count)),
                        ("memory", self.memory.read().map { .memory(MemoryReport($0)) } ?? .null),
                    ])
                ),
            ])
        )
    }

    /// Whether the process serves.
    package func live() -> OwnReply {
        OwnReply(json: .object([("status", .string("live"))]))
    }

    /// Whether a request sent now would be served.
    package func ready() -> OwnReply {
        let snapshot = self.admission.snapshot(now: .now())
        if snapshot.isDraining {
            return OwnReply(
                ErrorReply(503, "shutting_down", "Paddock is shutting down; retry in 1 s", retryAfter: 1),
                .ollama
            )
        }
        guard snapshot.backends.contains(where: \.isHealthy) else {
            return OwnReply(ErrorReply(503, "backend_error", "no backend answers: is Ollama running?"), .ollama)
        }
        return OwnReply(json: .object([("status", .string("ready"))]))
    }
}

extension AdmissionSnapshot {
    /// How the gateway is, in one word.
    var status: String {
        if self.isDraining { return "draining" }
        return self.backends.allSatisfy(\.isHealthy) ? "healthy" : "degraded"
    }
}
