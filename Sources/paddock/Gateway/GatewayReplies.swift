// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// What `GET /health` answers (contract section 7), as far as it is used here.
struct HealthReply: Equatable, Sendable {
    struct Backend: Equatable, Sendable {
        let url: String
        let healthy: Bool
        /// How many requests of all models may run at once on it; nil where only the models' limits count.
        var slots: Int?
        /// Whether it gets requests: `open`, else `draining` or `removed`.
        var state = "open"

        /// Whether it gets requests if it is healthy.
        var isOpen: Bool { self.state == "open" }
        /// What is wrong with it; nil if nothing is known to be.
        var trouble: String?
    }

    struct Concurrency: Equatable, Sendable {
        let defaultParallel: Int
        let defaultQueueLimit: Int
        let memory: MemoryReply?
    }

    /// What stays over restarts.
    struct Store: Equatable, Sendable {
        /// A folder, `memory` or `off`.
        let place: String
        /// What is wrong with it; nil if nothing is known to be.
        let trouble: String?
    }

    let status: String
    let version: String
    let backends: [Backend]
    let concurrency: Concurrency
    /// The store; nil from an older Paddock.
    var store: Store?
    /// The cluster; nil if there is none.
    var cluster: ClusterSummary?

    /// What is wrong with the store, in a sentence; nil if nothing is known to be.
    var storeTrouble: String? { self.store?.trouble.map { "Usage is in memory only: \($0)" } }
}

/// What `GET /queue/memory` answers (contract section 6).
struct MemoryReply: Equatable, Sendable {
    struct Recommended: Equatable, Sendable {
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
struct StatsReply: Equatable, Sendable {
    let defaultParallel: Int
    let defaultQueueLimit: Int
    let totalModels: Int
    let models: [String: ModelStats]
    /// What clients share fairly: `time` or `tokens`; nil if nothing tells clients apart, or from an older Paddock.
    var fairnessBy: String?
    /// What is loaded where; nil from an older Paddock.
    var backends: [BackendStats]?
}

/// One model's part of it. What section 13 adds is optional, as an older Paddock does not say it.
struct ModelStats: Equatable, Sendable {
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
    /// Replies of backends by class of status, such as `5xx`; nil from an older Paddock.
    var replies: [String: Int]?

    /// All that got an error of the gateway's instead of a slot.
    var turnedAway: Int { self.totalRejected + (self.totalWouldTimeOut ?? 0) }

    /// How many requests may run at once on all healthy backends together; the limit is for one.
    func slots(on backends: [HealthReply.Backend]) -> Int {
        let open = backends.filter(\.isOpen)
        let healthy = open.filter(\.healthy)
        // Without a healthy one each may still be tried.
        return (healthy.isEmpty ? open : healthy).reduce(0) { sum, backend in
            sum.addingReportingOverflow(min(self.parallelLimit, backend.slots ?? .max)).partialValue
        }
    }
}

/// What `GET /queue/requests` answers (contract section 13).
struct RequestsReply: Equatable, Sendable {
    struct Request: Equatable, Sendable {
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
        /// What it waits for, if it waits.
        var waitingFor: String?
        /// Tokens that it has passed on, of a stream.
        var tokens: Int?
        /// Who keeps it from getting on.
        var stalled: String?
        /// Whether its position is among the requests of one member of a cluster only.
        var isPositionOwn = false
    }

    let total: Int
    let requests: [Request]
}

/// What `POST /admin/queue/update` answers (contract section 7).
struct UpdateReply: Equatable, Sendable {
    let model: String
    let parallelLimit: Int
    let queueLimit: Int
    let status: String
}

/// What `POST /admin/queue/reset` and `DELETE /admin/queue/requests/{id}` answer.
struct DoneReply: Equatable, Sendable {
    let status: String
    let message: String?
    let id: String?
}

/// What `GET /admin/backends` answers (contract section 7).
struct BackendsReply: Equatable, Sendable {
    struct Backend: Equatable, Sendable {
        let url: String
        let state: String
        let healthy: Bool
        let activeRequests: Int
        let slots: Int?
    }

    let backends: [Backend]
}

/// What `POST /admin/backends/…` answers.
struct BackendChangeReply: Equatable, Sendable {
    let url: String
    let state: String
    /// Whether it answered its first probe.
    let answers: Bool?
}

/// An error of the gateway's own routes (contract section 5).
struct ErrorReply: Equatable, Sendable {
    let error: String
    /// What a program acts on; of another server's error there is none.
    let code: String?
    let message: String?
}

extension HealthReply.Backend: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.url = try json.member("url")
        self.healthy = try json.member("healthy")
        self.slots = try json.member("slots")
        self.state = try json.member("state") ?? "open"
        self.trouble = try json.member("trouble")
    }
}

extension HealthReply.Concurrency: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.defaultParallel = try json.member("default_parallel")
        self.defaultQueueLimit = try json.member("default_queue_limit")
        self.memory = try json.member("memory")
    }
}

extension HealthReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.status = try json.member("status")
        self.version = try json.member("version")
        self.backends = try json.member("backends")
        self.concurrency = try json.member("concurrency")
        self.store = try json.member("store")
        self.cluster = try json.member("cluster")
    }
}

extension HealthReply.Store: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.place = try json.member("place")
        self.trouble = try json.member("trouble")
    }
}

extension MemoryReply.Recommended: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.profile = try json.member("profile")
        self.ollamaNumParallel = try json.member("ollama_num_parallel")
        self.ollamaMaxQueue = try json.member("ollama_max_queue")
    }
}

extension MemoryReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.totalGb = try json.member("total_gb")
        self.availableGb = try json.member("available_gb")
        self.usedGb = try json.member("used_gb")
        self.percent = try json.member("percent")
        self.recommendedParallel = try json.member("recommended_parallel")
        self.recommended = try json.member("recommended")
    }
}

extension StatsReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.defaultParallel = try json.member("default_parallel")
        self.defaultQueueLimit = try json.member("default_queue_limit")
        self.totalModels = try json.member("total_models")
        self.models = try json.member("models")
        self.fairnessBy = try json.member("fairness_by")
        self.backends = try json.member("backends")
    }
}

extension ModelStats: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.model = try json.member("model")
        self.parallelLimit = try json.member("parallel_limit")
        self.queueLimit = try json.member("queue_limit")
        self.activeRequests = try json.member("active_requests")
        self.queuedRequests = try json.member("queued_requests")
        self.availableSlots = try json.member("available_slots")
        self.totalRequests = try json.member("total_requests")
        self.totalProcessed = try json.member("total_processed")
        self.totalRejected = try json.member("total_rejected")
        self.totalFailed = try json.member("total_failed")
        self.totalTimedOut = try json.member("total_timed_out")
        self.totalCancelled = try json.member("total_cancelled")
        self.avgWaitTimeMs = try json.member("avg_wait_time_ms")
        self.avgProcessingTimeMs = try json.member("avg_processing_time_ms")
        self.totalWouldTimeOut = try json.member("total_would_time_out")
        self.queuedBatch = try json.member("queued_batch")
        self.clients = try json.member("clients")
        self.avgFirstByteMs = try json.member("avg_first_byte_ms")
        self.totalBytes = try json.member("total_bytes")
        self.totalChunks = try json.member("total_chunks")
        self.totalErrorReplies = try json.member("total_error_replies")
        self.replies = try json.member("replies")
    }
}

extension RequestsReply.Request: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.id = try json.member("id")
        self.model = try json.member("model")
        self.client = try json.member("client")
        self.class = try json.member("class")
        self.state = try json.member("state")
        self.position = try json.member("position")
        self.waitedMs = try json.member("waited_ms")
        self.estimatedStartMs = try json.member("estimated_start_ms")
        self.backend = try json.member("backend")
        self.processingMs = try json.member("processing_ms")
        self.waitingFor = try json.member("waiting_for")
        self.tokens = json["tokens"]?.integer
        self.stalled = json["stalled"]?.string
        self.isPositionOwn = json["position_in"]?.string == "member"
    }
}

extension RequestsReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.total = try json.member("total")
        self.requests = try json.member("requests")
    }
}

extension UpdateReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.model = try json.member("model")
        self.parallelLimit = try json.member("parallel_limit")
        self.queueLimit = try json.member("queue_limit")
        self.status = try json.member("status")
    }
}

extension DoneReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.status = try json.member("status")
        self.message = try json.member("message")
        self.id = try json.member("id")
    }
}

extension BackendsReply.Backend: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.url = try json.member("url")
        self.state = try json.member("state")
        self.healthy = try json.member("healthy")
        self.activeRequests = try json.member("active_requests")
        self.slots = try json.member("slots")
    }
}

extension BackendsReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) { self.backends = try json.member("backends") }
}

extension BackendChangeReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        self.url = try json.member("url")
        self.state = try json.member("state")
        self.answers = try json.member("answers")
    }
}

extension ErrorReply: JSONReadable {
    init(json: JSONValue) throws(JSONMismatch) {
        // On routes of OpenAI's API.
        if let error = json["error"], error.object != nil {
            self.error = try error.member("message")
            self.code = error["code"]?.string
            self.message = self.error
            return
        }
        self.error = try json.member("error")
        self.code = try json.member("code")
        self.message = try json.member("message")
    }
}
