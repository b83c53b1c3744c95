// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The keys of the configuration: one table of all that can be set, and by which names.
///
/// The raw value is the key in the file. The order is the order of listings and of checks.
package enum ConfigurationKey: String, CaseIterable, Sendable {
    /// The address to listen on.
    case host
    /// The TCP port to listen on.
    case port
    /// The Ollama servers.
    case backends
    /// Requests of one model that run at once on one backend.
    case parallelLimit = "ollama_num_parallel"
    /// Requests of one model that may wait.
    case queueLimit = "ollama_max_queue"
    /// How long a request may take.
    case requestTimeout = "request_timeout"
    /// Limits of single models.
    case models
    /// The largest body on a queued route.
    case maxBodyBytes = "max_body_bytes"
    /// The most that all bodies held at once may take.
    case maxQueuedBytes = "max_queued_bytes"
    /// The secret of the admin routes.
    case adminToken = "admin_token"
    /// The number of event loops.
    case eventLoops = "event_loops"
    /// The clients that have keys.
    case clients
    /// Whether routes that go to a backend ask for a key.
    case requireKey = "require_key"
    /// The routes that need none.
    case openRoutes = "open_routes"
    /// The routes that are queued, or not, other than by default.
    case queuedRoutes = "queued_routes"
    /// Whether routes that change what a backend has are for admins.
    case protectModels = "protect_models"
    /// The origins of web pages that may read answers.
    case corsOrigins = "cors_origins"
    /// From whom headers about clients are believed.
    case trustedProxies = "trusted_proxies"
    /// The headers that say who a client is.
    case identityHeaders = "identity_headers"
    /// The header that says where a request comes from.
    case forwarded
    /// Whether slots and places are shared between clients.
    case fairness
    /// What batch requests are sure to get.
    case batchShare = "batch_share"
    /// How many slots batch requests may hold.
    case batchSlots = "batch_slots"
    /// After how long a waiting stream gets a sign of life.
    case queueKeepalive = "queue_keepalive"
    /// After how long an idle connection of a client is closed.
    case idleTimeout = "idle_timeout"
    /// The file for the trace.
    case trace
    /// How the access log looks.
    case accessLog = "access_log"
    /// The least level of messages.
    case logLevel = "log_level"
}

extension ConfigurationKey {
    /// The environment variables that set the key; a later one wins over an earlier one.
    package var variables: [String] {
        switch self {
        case .host: ["PADDOCK_HOST"]
        case .port: ["PADDOCK_PORT"]
        case .backends: ["OLLAMA_BASE_URL", "OLLAMA_BASE_URLS"]
        case .parallelLimit: ["OLLAMA_NUM_PARALLEL"]
        case .queueLimit: ["OLLAMA_MAX_QUEUE"]
        case .requestTimeout: ["REQUEST_TIMEOUT"]
        case .models: []
        case .maxBodyBytes: ["PADDOCK_MAX_BODY_BYTES"]
        case .maxQueuedBytes: ["PADDOCK_MAX_QUEUED_BYTES"]
        case .adminToken: ["PADDOCK_ADMIN_TOKEN"]
        case .eventLoops: ["PADDOCK_EVENT_LOOPS"]
        case .clients: []
        case .requireKey: ["PADDOCK_REQUIRE_KEY"]
        case .openRoutes: ["PADDOCK_OPEN_ROUTES"]
        case .queuedRoutes: ["PADDOCK_QUEUED_ROUTES"]
        case .protectModels: ["PADDOCK_PROTECT_MODELS"]
        case .corsOrigins: ["OLLAMA_ORIGINS", "PADDOCK_CORS_ORIGINS"]
        case .trustedProxies: ["PADDOCK_TRUSTED_PROXIES"]
        case .identityHeaders: ["PADDOCK_IDENTITY_HEADERS"]
        case .forwarded: ["PADDOCK_FORWARDED"]
        case .fairness: ["PADDOCK_FAIRNESS"]
        case .batchShare: ["PADDOCK_BATCH_SHARE"]
        case .batchSlots: ["PADDOCK_BATCH_SLOTS"]
        case .queueKeepalive: ["PADDOCK_QUEUE_KEEPALIVE"]
        case .idleTimeout: ["PADDOCK_IDLE_TIMEOUT"]
        case .trace: ["PADDOCK_TRACE"]
        case .accessLog: ["PADDOCK_ACCESS_LOG"]
        case .logLevel: ["PADDOCK_LOG_LEVEL"]
        }
    }

    /// The flag that sets the key, with its dashes, or `nil` where there is none.
    package var flag: String? {
        switch self {
        case .host: "--host"
        case .port: "--port"
        case .backends: "--backend"
        case .parallelLimit: "--parallel"
        case .queueLimit: "--max-queue"
        case .requestTimeout: "--timeout"
        case .eventLoops: "--event-loops"
        case .fairness: "--fairness"
        case .batchShare: "--batch-share"
        case .batchSlots: "--batch-slots"
        case .queueKeepalive: "--queue-keepalive"
        case .trace: "--trace"
        case .accessLog: "--access-log"
        case .logLevel: "--log-level"
        // A body limit seldom differs between two starts; a secret on the command line shows in every process list.
        case .models, .maxBodyBytes, .maxQueuedBytes, .adminToken, .idleTimeout: nil
        case .clients, .requireKey, .trustedProxies, .identityHeaders, .forwarded: nil
        case .openRoutes, .queuedRoutes, .protectModels, .corsOrigins: nil
        }
    }

    /// What the key is for, in one line, as the command line's help says it.
    package var summary: String {
        switch self {
        case .host: "The address to listen on."
        case .port: "The port to listen on; 0 takes a free one."
        case .backends: "The address of an Ollama server; repeat it for several."
        case .parallelLimit: "How many requests of one model run at once on one backend."
        case .queueLimit: "How many requests of one model may wait."
        case .requestTimeout: "How long a request may take before its reply begins."
        case .models: "Limits of single models."
        case .maxBodyBytes: "The largest request body on a queued route."
        case .maxQueuedBytes: "The most that all request bodies held at once may take."
        case .adminToken: "What a client must send to use /admin from another machine."
        case .eventLoops: "How many event loops (threads) carry requests."
        case .clients: "The clients that have keys, their weights and classes."
        case .requireKey: "Whether every route that goes to a backend asks for the key of a declared client."
        case .openRoutes: "The routes that need no key all the same."
        case .queuedRoutes: "Routes that are queued, too, or with a - in front of them are not."
        case .protectModels: "Whether pulling, pushing, creating, copying and deleting models is for admins only."
        case .corsOrigins: "The origins of web pages that may use this gateway, beside those that Ollama always allows."
        case .trustedProxies: "From which addresses headers about clients are believed."
        case .identityHeaders: "The headers in which a trusted proxy says who a client is."
        case .forwarded: "The header in which a trusted proxy says where a request comes from."
        case .fairness: "Whether slots and places are shared between clients."
        case .batchShare: "What batch earns of the slot time of interactive requests while it waits, in percent."
        case .batchSlots: "How many slots of one model on one backend batch may hold."
        case .queueKeepalive: "After how long, and how often, a waiting stream gets a sign of life."
        case .idleTimeout: "After how long without a request a client's connection is closed; 0 for never."
        case .trace: "The file to which each request is written when it ends."
        case .accessLog: "How the line for each request on standard output looks."
        case .logLevel: "The least level of messages on standard error."
        }
    }

    /// The type and range of the key's values.
    var kind: ValueKind {
        switch self {
        case .host: .host
        case .port: .integer(Self.ports)
        case .backends: .backends
        case .parallelLimit: .autoOrInteger(Self.parallelLimits)
        case .queueLimit: .integer(Self.queueLimits)
        case .requestTimeout: .duration
        case .models: .models
        case .maxBodyBytes, .maxQueuedBytes: .byteCount
        case .adminToken: .token
        case .eventLoops: .autoOrInteger(Self.eventLoopCounts)
        case .clients: .clients
        case .requireKey, .protectModels: .flag(on: "true", off: "false")
        case .openRoutes: .routes
        case .queuedRoutes: .queuedRoutes
        case .corsOrigins: .origins
        case .trustedProxies: .addressBlocks
        case .identityHeaders: .headerNames
        case .forwarded: .word(ForwardedFormat.allCases.map(\.rawValue))
        case .fairness: .flag(on: "on", off: "off")
        case .batchShare: .percent(Self.batchShares)
        case .batchSlots: .wordOrInteger("all", Self.parallelLimits)
        case .queueKeepalive: .wordOrDuration("off")
        case .idleTimeout: .wordOrDuration("0")
        case .trace: .file
        case .accessLog: .word(AccessLogFormat.allCases.map(\.rawValue))
        case .logLevel: .word(LogLevel.allCases.map(\.rawValue))
        }
    }

    /// Whether it is a list in which each value is one word: in the environment they are separated by commas.
    var isListOfPlainValues: Bool {
        switch self {
        case .trustedProxies, .identityHeaders, .openRoutes, .queuedRoutes, .corsOrigins: true
        default: false
        }
    }

    /// The range of the port to listen on.
    static let ports = 0...65535

    /// The range of the number of event loops.
    static let eventLoopCounts = 1...256

    /// The range of a parallel limit, general or of one model.
    ///
    /// The upper end catches a mistyped number; no Ollama runs as many.
    package static let parallelLimits = 1...10_000

    /// The range of a queue limit, general or of one model.
    ///
    /// The upper end keeps the memory of a full queue within what one machine has.
    package static let queueLimits = 0...10_000_000

    /// The range of the guaranteed share of batch, in percent.
    package static let batchShares = 1.0...50.0

    /// Every name that sets a key, with the key: what an unknown name is compared with.
    static let spellings: [(name: String, key: String)] = Self.allCases.flatMap { key in
        ([key.rawValue] + key.variables + [key.flag].compactMap(\.self)).map { ($0, key.rawValue) }
    }
}
