// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockProxy

/// `/health`, `/health/live` and `/health/ready` (contract section 7).
package struct HealthRoutes: Sendable {
    private let admission: AdmissionController
    private let all: SharedAnswer

    package init(admission: AdmissionController, backends: [Backend], memory: MemorySource) {
        let urls = backends.map(\.url)
        self.admission = admission
        self.all = SharedAnswer {
            let summary = admission.summary
            let backends = zip(urls, summary.backends).map { url, state in
                OrderedJSON.object([
                    ("url", .string(url)), ("healthy", .bool(state.isHealthy)),
                    ("slots", state.slots.map { .integer($0) } ?? .null),
                ])
            }
            return OwnReply(
                json: .object([
                    ("status", .string(summary.status)),
                    ("version", .string(PaddockVersion.text)),
                    ("backends", .array(backends)),
                    (
                        "concurrency",
                        .object([
                            ("default_parallel", .integer(summary.defaults.parallel)),
                            ("default_queue_limit", .integer(summary.defaults.queue)),
                            ("total_models", .integer(summary.modelCount)),
                            ("memory", memory.read().map { .memory(MemoryReport($0)) } ?? .null),
                        ])
                    ),
                ])
            )
        }
    }

    /// Everything at a glance; 200 while the process serves. Later, as the memory takes long to read.
    package var health: OwnAnswer { .later(self.all) }

    /// Whether the process serves.
    package func live() -> OwnReply {
        OwnReply(json: .object([("status", .string("live"))]))
    }

    /// Whether a request sent now would be served.
    package func ready() -> OwnReply {
        let summary = self.admission.summary
        if summary.isDraining {
            return OwnReply(
                ErrorReply(503, "shutting_down", "Paddock is shutting down; retry in 1 s", retryAfter: 1),
                .ollama
            )
        }
        guard summary.backends.contains(where: \.isHealthy) else {
            return OwnReply(ErrorReply(503, "backend_error", "no backend answers: is Ollama running?"), .ollama)
        }
        return OwnReply(json: .object([("status", .string("ready"))]))
    }
}

extension AdmissionSummary {
    /// How the gateway is, in one word.
    var status: String {
        if self.isDraining { return "draining" }
        return self.backends.allSatisfy(\.isHealthy) ? "healthy" : "degraded"
    }
}
