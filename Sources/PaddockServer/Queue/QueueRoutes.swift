// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
internal import PaddockHTTP
package import PaddockProxy

/// `/queue/stats` and `/queue/memory` (contract section 6).
package struct QueueRoutes: Sendable {
    private let admission: AdmissionController
    private let unknown: SharedAnswer
    private let allStats: SharedAnswer
    private let memory: SharedAnswer

    package init(admission: AdmissionController, memory: MemorySource, unknown: SharedAnswer) {
        self.admission = admission
        self.unknown = unknown
        self.allStats = SharedAnswer { OwnReply(json: .stats(admission.snapshot(now: .now()))) }
        self.memory = SharedAnswer {
            guard let reading = memory.read() else {
                return OwnReply(ErrorReply(500, "internal_error", "the memory of this machine cannot be read"), .ollama)
            }
            return OwnReply(json: .memory(MemoryReport(reading)))
        }
    }

    /// All models, or the one that the query names.
    package func stats(_ request: OwnRequest) -> OwnAnswer {
        guard let name = request.queryModel else { return .later(self.allStats) }
        guard let model = ModelName(name).flatMap({ self.admission.snapshot(of: $0, now: .now()) }) else {
            return .unknownModel(name, self.unknown)
        }
        return .now(OwnReply(json: .stats(model)))
    }

    /// The memory as it is now.
    package var memoryReport: OwnAnswer { .later(self.memory) }
}

extension OwnRequest {
    /// The model that the query names.
    var queryModel: String? { self.query?.queryModel }
}

extension String {
    /// Of a query, the model that it names.
    var queryModel: String? {
        let bytes = Array(self.utf8)
        return switch QueryModel.find(in: bytes.span) {
        case .model(let name): name
        // One that cannot be a model's name has no queue either.
        case .invalid: ""
        case nil: nil
        }
    }
}
