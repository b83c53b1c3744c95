// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

/// What ``TroubleRules`` looks at: plain values, taken at one instant.
struct TroubleReading: Sendable {
    /// A model with a queue.
    struct Model: Sendable {
        /// Its normalised name.
        var name: String
        /// Its requests that wait.
        var queued = 0
        /// How many may wait.
        var queueLimit = 0
        /// What nine in ten requests of the last five minutes did not wait longer than; nil if it is not in use.
        var wait: Nanoseconds?
        /// What nine in ten replies of the last five minutes took at most to begin; nil if it is not in use.
        var firstByte: Nanoseconds?
        /// How long replies took to begin in the life of the process.
        var firstBytes = Histogram()
        /// What nine in ten replies usually take, as ``UsualFirstBytes`` has it, up to the bound of a bucket; nil with less than 50 replies.
        var usualFirstByte: Nanoseconds?
        /// What became of its requests in the life of the process.
        var counts = TroubleCounts()
    }

    /// A backend that gets requests.
    struct Backend: Sendable {
        /// Its URL.
        var url: String
        /// Whether it answers its health check.
        var isHealthy = true
        /// What is wrong although it answers, in a few words; nil if nothing is known to be.
        var trouble: String?
        /// The model whose load does not end; nil if loads go well.
        var stuckModel: String?
        /// What is loaded there and serves fewer requests at once than its limit lets through.
        var overLimits: [OverLimit] = []
        /// What it did in the life of the process.
        var work = BackendWork()
    }

    /// A client, and what it does to others.
    struct Client: Sendable {
        /// Its name.
        var name: String
        /// Its requests that wait.
        var waiting = 0
        /// How many of its requests per second were refused or rejected lately.
        var refusedPerSecond = 0
        /// Its part of the service of the last five minutes, and its fair part; nil if it had no work.
        var share: (share: Double, fair: Double)?
    }

    /// Requests on a backend of which no byte has come for longer than is usual.
    struct Silence: Sendable {
        /// The backend.
        var backend: String
        /// How many they are, and how many are active there.
        var count: Int
        var active: Int
        /// How long the first byte of the oldest has been missing.
        var longest: Nanoseconds
        /// Within what time nine in ten first bytes come usually.
        var usual: Nanoseconds
    }

    /// A client that does not read.
    struct Stalled: Sendable {
        /// Its name.
        var client: String
        /// How many of its requests hold slots without getting on.
        var count: Int
        /// For how long the first of them has not been read.
        var longest: Nanoseconds
    }

    /// The address with the most connections.
    struct Address: Sendable {
        /// The address.
        var address: String
        /// How many connections it has.
        var connections: Int
        /// Those of them without a request.
        var idle: Int
        /// How many connections of clients there may be.
        var limit: Int
    }

    /// A model on a backend that serves fewer requests at once than the limit lets through.
    struct OverLimit: Sendable {
        /// The model.
        var model: String
        /// How many may run at once there, as the operator says.
        var limit: Int
        /// How many the backend really serves at once.
        var served: Int
    }

    /// A batch job whose requests run.
    struct Batch: Sendable {
        /// Its id.
        var id: String
        /// Whose it is.
        var owner: String
        /// How many requests it has.
        var total: Int
        /// How many of them have ended.
        var ended: Int
        /// The rest of its window, in seconds.
        var secondsLeft: Int
    }

    /// What a member of a cluster knows of it.
    struct Cluster: Sendable {
        /// Whether it has a coordinator, which may be itself.
        var hasCoordinator: Bool
        /// Whether it serves requests, or will when a slot is free.
        var isServing: Bool
        /// The names of the other members that it has no link with.
        var unlinked: [String]
        /// The members whose configuration says something else than this coordinator's, and of which keys; empty if it is not coordinator.
        var differing: [(member: String, keys: [String])] = []
        /// The store, without its password, and why it does not answer; nil if it does.
        var store: (address: String, trouble: String)?
    }

    /// The known models.
    var models: [Model] = []
    /// What became of requests for all other models: nobody named them, and no backend has answered them with other than 404.
    var unknown = TroubleCounts()
    /// The name in the last request that a backend answered with 404; nil if that is not known.
    var unknownName: String?
    /// The clients with requests that wait or were refused lately.
    var clients: [Client] = []
    /// The backends that get requests.
    var backends: [Backend] = []
    /// The backends of which requests wait for their first byte.
    var silences: [Silence] = []
    /// The clients that do not read.
    var stalled: [Stalled] = []
    /// The clients of which nothing starts, as an operator has said.
    var paused: [String] = []
    /// The address with the most connections; nil if there are none, or their limit is not known.
    var busiestAddress: Address?
    /// The batch jobs whose requests run.
    var batches: [Batch] = []
    /// How many files and connections are open; nil if the system does not say.
    var openFiles: Int?
    /// How many may be open.
    var maxFiles: Int?
    /// The memory of the gateway's machine, in bytes; nil if the system does not say.
    var memory: (available: UInt64, total: UInt64)?
    /// Why the store cannot be written; nil if it can, or there is none.
    var storeTrouble: String?
    /// How many lines of the logs were lost since the start.
    var lostLines = 0
    /// Why the last reload failed; nil if none did since the last one that succeeded.
    var reloadFailure: String?
    /// The cluster; nil without one.
    var cluster: Cluster?
}
