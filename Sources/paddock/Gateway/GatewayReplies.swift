// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What `GET /health` answers (contract section 7), as far as it is used here.
struct HealthReply: Decodable, Equatable, Sendable {
    struct Backend: Decodable, Equatable, Sendable {
        let url: String
        let healthy: Bool
        /// How many requests of all models may run at once on it; nil where only the models' limits count.
        var slots: Int?
    }

    struct Concurrency: Decodable, Equatable, Sendable {
        let defaultParallel: Int
        let defaultQueueLimit: Int
        let memory: MemoryReply?
    }

    let status: String
    let version: String
    let backends: [Backend]
    let concurrency: Concurrency
}

/// What `GET /queue/memory` answers (contract section 6).
struct MemoryReply: Decodable, Equatable, Sendable {
    struct Recommended: Decodable, Equatable, Sendable {
        let profile: String
        let ollamaNumParallel: Int
        let ollamaMaxQueue: Int
    }

    let totalGb: Double
    let availableGb: Double
    let usedGb: Double
    let percent: Double
    let recommendedParallel: Int
    let recommended: Recommended
}

/// What `GET /queue/stats` answers (contract sections 6 and 13).
struct StatsReply: Decodable, Equatable, Sendable {
    let defaultParallel: Int
    let defaultQueueLimit: Int
    let totalModels: Int
    let models: [String: ModelStats]
}

/// One model's part of it. What section 13 adds is optional, as an older Paddock does not say it.
struct ModelStats: Decodable, Equatable, Sendable {
    let model: String
    var parallelLimit: Int
    var queueLimit: Int
    var activeRequests: Int
    var queuedRequests: Int
    var availableSlots: Int
    var totalRequests: Int
    var totalProcessed: Int
    var totalRejected: Int
    var totalFailed: Int
    var totalTimedOut: Int
    var totalCancelled: Int
    var avgWaitTimeMs: Double
    var avgProcessingTimeMs: Double
    var totalWouldTimeOut: Int?
    var queuedBatch: Int?
    var clients: Int?
    var avgFirstByteMs: Double?
    var totalBytes: Int?
    var totalChunks: Int?
    var totalErrorReplies: Int?

    /// All that got an error of the gateway's instead of a slot.
    var turnedAway: Int { self.totalRejected + (self.totalWouldTimeOut ?? 0) }

    /// How many requests may run at once on all healthy backends together; the limit is for one.
    func slots(on backends: [HealthReply.Backend]) -> Int {
        let healthy = backends.filter(\.healthy)
        // Without a healthy one each may still be tried.
        return (healthy.isEmpty ? backends : healthy).reduce(0) { sum, backend in
            sum.addingReportingOverflow(min(self.parallelLimit, backend.slots ?? .max)).partialValue
        }
    }
}

/// What `GET /queue/requests` answers (contract section 13).
struct RequestsReply: Decodable, Equatable, Sendable {
    struct Request: Decodable, Equatable, Sendable {
        let id: String
        let model: String
        let client: String
        let `class`: String
        let state: String
        let position: Int
        let waitedMs: Double
        let estimatedStartMs: Double?
        let backend: String?
        let processingMs: Double?
    }

    let total: Int
    let requests: [Request]
}

/// What `POST /admin/queue/update` answers (contract section 7).
struct UpdateReply: Decodable, Equatable, Sendable {
    let model: String
    let parallelLimit: Int
    let queueLimit: Int
    let status: String
}

/// What `POST /admin/queue/reset` and `DELETE /admin/queue/requests/{id}` answer.
struct DoneReply: Decodable, Equatable, Sendable {
    let status: String
    let message: String?
    let id: String?
}

/// An error of the gateway's own routes (contract section 5).
struct ErrorReply: Decodable, Equatable, Sendable {
    let error: String
    /// What a program acts on; of another server's error there is none.
    let code: String?
    let message: String?
}
