// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockProxy

/// `/health`, `/health/live` and `/health/ready` (contract section 7).
struct HealthRoutes: Sendable {
    private let admission: AdmissionController
    private let all: SharedAnswer

    init(_ services: GatewayServices) {
        self.admission = services.admission
        self.all = SharedAnswer(on: services.renderer) {
            let summary = services.admission.summary
            let backends = zip(services.backends, summary.backends).map { url, state in
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
                            ("memory", services.memory()?.json ?? .null),
                        ])
                    ),
                ])
            )
        }
    }

    /// The state of everything; 200 while the process serves. Computed later, as the memory takes long to read.
    func health(_ request: OwnRequest) -> OwnAnswer { self.all.answer() }

    /// Whether the process serves.
    func live(_ request: OwnRequest) -> OwnAnswer { .json(.object([("status", .string("live"))])) }

    /// Whether a request sent now would be served.
    func ready(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let summary = self.admission.summary
        if summary.isDraining {
            throw ErrorReply(503, "shutting_down", "Paddock is shutting down; retry in 1 s", retryAfter: 1)
        }
        guard summary.backends.contains(where: \.isHealthy) else {
            throw ErrorReply(503, "backend_error", "no backend answers: is Ollama running?")
        }
        return .json(.object([("status", .string("ready"))]))
    }
}
