// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy

/// `/health`, `/health/live` and `/health/ready` (contract section 7).
struct HealthRoutes: Sendable {
    private let admission: AdmissionController
    private let cluster: ClusterService?
    private let all: SharedAnswer

    init(_ services: GatewayServices) {
        self.admission = services.admission
        self.cluster = services.cluster
        self.all = SharedAnswer(on: services.renderer) {
            let summary = services.admission.summary(now: .now())
            let store = services.usage?.status
            let status = summary.status(isCritical: services.troubles.troubles.isCritical)
            let json = JSONText.object { json in
                json.member("status", status == "healthy" && store?.trouble != nil ? "degraded" : status)
                json.member("version", PaddockVersion.text)
                json.array("backends") { json in
                    let urls = services.backends.texts
                    for (index, state) in summary.backends.enumerated().prefix(urls.count) where state.isListed {
                        json.object { json in
                            json.member("url", urls[index])
                            json.member("state", state.standing.rawValue)
                            json.member("healthy", state.isHealthy)
                            json.member("slots", state.slots)
                            summary.fleet.backends[index].breaker.write(to: &json)
                            json.member("trouble", summary.trouble(of: index))
                        }
                    }
                }
                json.object("concurrency") { json in
                    json.member("default_parallel", summary.defaults.parallel)
                    json.member("default_queue_limit", summary.defaults.queue)
                    json.member("total_models", summary.modelCount)
                    json.member("memory", services.memory()?.json)
                }
                json.object("store") { json in
                    json.member("place", store?.place ?? "off")
                    json.member("trouble", store?.trouble)
                }
                if let cluster = services.cluster { json.member("cluster", cluster.reading?.healthJSON) }
            }
            return OwnReply(json: json)
        }
    }

    /// The state of everything; 200 while the process serves. Computed later, as the memory takes long to read.
    func health(_ request: OwnRequest) -> OwnAnswer { self.all.answer() }

    /// Whether the process serves.
    func live(_ request: OwnRequest) -> OwnAnswer { .json(#"{"status":"live"}"#) }

    /// Whether a request sent now would be served.
    func ready(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let summary = self.admission.summary(now: .now())
        if summary.isDraining {
            throw ErrorReply(503, "shutting_down", "Paddock is shutting down; retry in 1 s", retryAfter: 1)
        }
        guard summary.backends.contains(where: { $0.standing == .open && $0.isHealthy }) else {
            throw ErrorReply(503, "backend_error", "no backend answers: is Ollama running?")
        }
        if let cluster = self.cluster, cluster.reading?.isServing != true {
            throw ErrorReply(
                503,
                "no_coordinator",
                "this member of the cluster has no coordinator, and starts nothing: can it reach \(cluster.settings.store) and the other members?"
            )
        }
        return .json(#"{"status":"ready"}"#)
    }
}
