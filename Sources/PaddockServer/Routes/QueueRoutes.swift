// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy

/// `/queue/stats` and `/queue/memory` (contract section 6).
struct QueueRoutes: Sendable {
    private let services: GatewayServices
    private let allStats: SharedAnswer
    private let memoryReport: SharedAnswer

    init(_ services: GatewayServices) {
        self.services = services
        self.allStats = SharedAnswer(on: services.renderer) {
            OwnReply(
                json: services.snapshot().json(urls: services.backends.texts, limits: services.limits.sources)
            )
        }
        self.memoryReport = SharedAnswer(on: services.renderer) {
            guard let reading = services.memory() else {
                return OwnReply(ErrorReply(500, "internal_error", "the memory of this machine cannot be read"))
            }
            return OwnReply(json: reading.json)
        }
    }

    /// All models, or the one that the query names.
    func stats(_ request: OwnRequest) -> OwnAnswer {
        guard let name = request.queryModel else { return self.allStats.answer() }
        guard let model = ModelName(name).flatMap({ self.services.admission.reading(of: $0, now: .now()) }) else {
            return self.services.unknownModel.answer(toName: name)
        }
        let limits = self.services.limits.sources[model.queue.name]
        if self.services.cluster != nil {
            let all = self.services.snapshot()
            guard let queue = all.models.first(where: { $0.name == model.queue.name }) else {
                return self.services.unknownModel.answer(toName: name)
            }
            return .json(queue.json(urls: self.services.backends.texts, all.fleet, limits))
        }
        return .json(model.queue.json(urls: self.services.backends.texts, model.fleet, limits))
    }

    /// The memory as it is now.
    func memory(_ request: OwnRequest) -> OwnAnswer { self.memoryReport.answer() }
}
