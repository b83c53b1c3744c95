// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
internal import PaddockHTTP
package import PaddockProxy

/// `/queue/stats` and `/queue/memory` (contract section 6).
package struct QueueRoutes: Sendable {
    private let admission: AdmissionController
    private let memory: MemorySource

    package init(admission: AdmissionController, memory: MemorySource) {
        self.admission = admission
        self.memory = memory
    }

    /// All models, or the one that the query names.
    package func stats(_ request: OwnRequest) -> OwnReply {
        let snapshot = self.admission.snapshot(now: .now())
        guard let name = request.queryModel else { return OwnReply(json: .stats(snapshot)) }
        guard let model = ModelName(name).flatMap({ snapshot.model($0) }) else {
            return .unknownModel(name, snapshot)
        }
        return OwnReply(json: .stats(model))
    }

    /// The memory as it is now.
    package func memoryReport() -> OwnReply {
        guard let reading = self.memory.read() else {
            return OwnReply(ErrorReply(500, "internal_error", "the memory of this machine cannot be read"), .ollama)
        }
        return OwnReply(json: .memory(MemoryReport(reading)))
    }
}

extension OwnRequest {
    /// The model that the query names.
    var queryModel: String? {
        guard let query = self.query else { return nil }
        let bytes = Array(query.utf8)
        return switch QueryModel.find(in: bytes.span) {
        case .model(let name): name
        // One that cannot be a model's name has no queue either.
        case .invalid: ""
        case nil: nil
        }
    }
}

extension OwnReply {
    /// The answer where a model has no queue.
    static func unknownModel(_ name: String, _ snapshot: AdmissionSnapshot) -> OwnReply {
        let shown = String(name.prefix(256))
        let message = "model \"\(shown)\" has no queue: it has not been used or named yet"
        let error = ErrorReply(404, "unknown_model", message, model: shown)
        return OwnReply(
            error.status,
            json: .object([
                ("error", .string(error.text)),
                ("code", .string(error.code)),
                ("message", .string(error.message)),
                ("model", .string(shown)),
                ("available_models", .array(snapshot.models.map { .string($0.name.description) })),
            ])
        )
    }
}
