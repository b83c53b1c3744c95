// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Setting {
    /// Settings that belong together.
    package struct Group: Sendable {
        /// What they are about, as a heading.
        package let title: String
        /// The settings, in the order of listings.
        package let settings: [Setting]
    }

    /// Every key of the configuration, in the order of listings and of checks.
    package static let all = Self.groups.flatMap(\.settings)

    /// Every key of the configuration, with what belongs together.
    ///
    /// Keys have no flag if they seldom differ between two starts, or if they hold a secret, which every list of processes would
    /// show. `cluster.store` has one because most stores in a private network have no password; the loader warns of one in the flag.
    package static let groups = [
        Group(title: "Listening and backends", settings: Self.places),
        Group(title: "Limits", settings: Self.limits),
        Group(title: "Clients and routes", settings: Self.access),
        Group(title: "Fairness", settings: Self.fairness),
        Group(title: "Several models and hosts", settings: Self.fleet),
        Group(title: "Connections", settings: Self.connections),
        Group(title: "Logs", settings: Self.logs),
        Group(title: "State", settings: Self.state),
        Group(title: "Several gateways", settings: Self.cluster),
    ]

    private static let places = [
        Setting(Field("host", \.host, .host()), "The address to listen on; 0.0.0.0 or :: to accept other machines.")
            .variable("PADDOCK_HOST").flag("--host").needingRestart(),
        Setting(Field("port", \.port, .integer(0...65_535)), "The port to listen on; 0 takes a free one.")
            .variable("PADDOCK_PORT", .mayBeServiceLink).flag("--port").needingRestart(),
        Setting(Field("backends", \.backends, .backends()), "The Ollama servers to send requests to.")
            .variable("OLLAMA_BASE_URL").variable("OLLAMA_BASE_URLS", separator: ";").flag("--backend")
            .example("[{url: http://10.0.0.11:11434, memory: 24GB}, {url: http://10.0.0.12:8000, slots: 4}]"),
        Setting(
            Field("event_loops", \.eventLoops, .autoOrInteger(1...256)),
            "How many threads serve connections; auto is one per core."
        )
        .variable("PADDOCK_EVENT_LOOPS").flag("--event-loops").needingRestart(),
    ]

    private static let limits = [
        Setting(
            Field("ollama_num_parallel", \.parallelLimit, .autoOrInteger(DeclaredModel.parallelRange)),
            "How many requests of one model run at once on one backend; auto follows the available memory."
        )
        .variable("OLLAMA_NUM_PARALLEL", .zeroIsAuto).flag("--parallel"),
        Setting(
            Field("ollama_max_queue", \.queueLimit, .integer(DeclaredModel.queueRange)),
            "How many requests of one model may wait."
        )
        .variable("OLLAMA_MAX_QUEUE").flag("--max-queue"),
        Setting(
            Field("request_timeout", \.requestTimeout, .duration()),
            "How long a request may take until its answer begins, and how long a streamed answer may be silent."
        )
        .variable("REQUEST_TIMEOUT").flag("--timeout"),
        Setting(Field("models", \.models, .models()), "Limits of single models, and the backends that they may be on.")
            .example("{llama3.1:70b: {parallel_limit: 1, queue_limit: 32}, bge-m3: {pinned: true}}"),
        Setting(Field("max_body_bytes", \.maxBodyBytes, .byteCount()), "The largest request body on a queued route.")
            .variable("PADDOCK_MAX_BODY_BYTES"),
        Setting(
            Field("max_queued_bytes", \.maxQueuedBytes, .byteCount()),
            "The most memory that all requests together may hold."
        )
        .variable("PADDOCK_MAX_QUEUED_BYTES").section(4),
    ]

    private static let access = [
        Setting(
            Field("admin_token", \.adminToken, .secret()),
            "The token that clients must send to use /admin. It is safer in the environment than in a file."
        )
        .variable("PADDOCK_ADMIN_TOKEN", .keepsQuotes).section(7).example("change-me"),
        Setting(
            Field("view_token", \.viewToken, .secret()),
            "A token with which clients may read all that admins read, and change nothing."
        )
        .variable("PADDOCK_VIEW_TOKEN", .keepsQuotes).section(7).example("look-only"),
        Setting(
            Field("dashboard", \.dashboard, .word()),
            "Who gets the dashboard's data: open is everyone, without what is about clients; token is who sends a token."
        )
        .variable("PADDOCK_DASHBOARD").section(17),
        Setting(Field("clients", \.clients, .clients()), "The clients with keys, their weights and classes.")
            .section(10).example("{alice: {key: open-sesame, weight: 2}, nightly: {key: other, class: batch}}"),
        Setting(
            Field("require_key", \.requiresKey, .yesOrNo("true", "false")),
            "Whether every route that goes to a backend requires the key of a declared client."
        )
        .variable("PADDOCK_REQUIRE_KEY").section(10),
        Setting(Field("open_routes", \.openRoutes, .routes()), "The routes that need no key even with require_key.")
            .variable("PADDOCK_OPEN_ROUTES", separator: ",").section(10),
        Setting(
            Field("queued_routes", \.queuedRoutes, .queuedRoutes()),
            "Routes to queue in addition to the usual ones; a - in front removes a route."
        )
        .variable("PADDOCK_QUEUED_ROUTES", separator: ",").section(2).example("[/v1/classify, -/v1/audio/speech]"),
        Setting(
            Field("protect_models", \.protectsModels, .yesOrNo("true", "false")),
            "Whether only admins may pull, push, create, copy and delete models."
        )
        .variable("PADDOCK_PROTECT_MODELS").section(7),
        Setting(
            Field("cors_origins", \.corsOrigins, .origins()),
            "The origins of web pages that may use this gateway, in addition to those that Ollama always allows."
        )
        .variable("OLLAMA_ORIGINS", separator: ",").variable("PADDOCK_CORS_ORIGINS", separator: ",").section(7)
        .example("[\"https://chat.example.com\"]"),
        Setting(
            Field("trusted_proxies", \.trustedProxies, .addressBlocks()),
            "The addresses of proxies whose headers about clients are trusted."
        )
        .variable("PADDOCK_TRUSTED_PROXIES", separator: ",").section(10).example("[127.0.0.1, 10.0.0.0/8]"),
        Setting(
            Field("identity_headers", \.identityHeaders, .headerNames()),
            "The headers in which a trusted proxy names the client."
        )
        .variable("PADDOCK_IDENTITY_HEADERS", separator: ",").section(10).example("[X-OpenWebUI-User-Id]"),
        Setting(
            Field("forwarded", \.forwarded, .word()),
            "The header in which a trusted proxy gives the client's address."
        )
        .variable("PADDOCK_FORWARDED").section(10),
    ]

    private static let fairness = [
        Setting(
            Field("fairness", \.isFair, .yesOrNo("on", "off")),
            "Whether clients share slots and places in the queue fairly; off is the order of arrival."
        )
        .variable("PADDOCK_FAIRNESS").flag("--fairness").section(11),
        Setting(
            Field("fairness_by", \.fairnessBy, .word()),
            "What clients share fairly: the time of slots, or tokens of prompts and answers."
        )
        .variable("PADDOCK_FAIRNESS_BY").flag("--fairness-by").section(11),
        Setting(
            Field("batch_share", \.batchSharePercent, .percent(1...50)),
            "The share of the slot time of interactive requests that waiting batch requests are guaranteed."
        )
        .variable("PADDOCK_BATCH_SHARE").flag("--batch-share").section(11),
        Setting(
            Field("batch_slots", \.batchSlots, .integer(DeclaredModel.parallelRange, or: "all")),
            "How many slots of one model on one backend batch requests may hold."
        )
        .variable("PADDOCK_BATCH_SLOTS").flag("--batch-slots").section(11),
    ]

    private static let fleet = [
        Setting(
            Field("swap", \.fleet.swapping, .word()),
            "Who decides when a backend loads another model: Paddock, or with off the backend."
        )
        .variable("PADDOCK_SWAP").flag("--swap"),
        Setting(
            Field("swap_visit", \.fleet.visit, .number(1...100)),
            "The least length of the visits of all models that contend for a backend, in load times; each has 1 to 3 of it."
        )
        .variable("PADDOCK_SWAP_VISIT"),
        Setting(
            Field("swap_slack", \.fleet.slack, .number(0...1000)),
            "How many load times of machine time a client may have had more than one that waits for a swap, and still hold it up."
        )
        .variable("PADDOCK_SWAP_SLACK"),
        Setting(
            Field("swap_patience", \.fleet.patiencePercent, .percent(0...100)),
            "The part of a load time for which an idle model is kept because its clients are likely to be back."
        )
        .variable("PADDOCK_SWAP_PATIENCE"),
        Setting(
            Field("swap_unload", \.fleet.unloads, .yesOrNo("on", "off")),
            "Whether Paddock unloads a model before it asks for another one; with off the backend chooses what to unload."
        )
        .variable("PADDOCK_SWAP_UNLOAD"),
        Setting(
            Field("spill", \.fleet.spill, .number(0.1...100, or: "off")),
            "How many load times the queue of a loaded model must be long before a second backend loads it, too."
        )
        .variable("PADDOCK_SPILL"),
        Setting(
            Field("learn_parallel", \.fleet.learnsParallel, .yesOrNo("on", "off")),
            "Whether parallel limits follow, below the configured ones, what the backends turn out to run at once."
        )
        .variable("PADDOCK_LEARN_PARALLEL").flag("--learn-parallel"),
        Setting(
            Field("wedge_after", \.fleet.wedgeAfter, .duration(.seconds(1) ... .seconds(3600))),
            "How long a load may go on without a first byte before its backend counts as wedged; at least four load times."
        )
        .variable("PADDOCK_WEDGE_AFTER"),
        Setting(
            Field("cloud_parallel", \.fleet.cloudParallel, .integer(DeclaredModel.parallelRange)),
            "How many requests to models of Ollama's cloud run at once, over all of them."
        )
        .variable("PADDOCK_CLOUD_PARALLEL").flag("--cloud-parallel"),
    ]

    private static let connections = [
        Setting(
            Field("queue_keepalive", \.queueKeepalive, .duration(or: "off")),
            "How long a stream waits before its first keep-alive event, and the time between two."
        )
        .variable("PADDOCK_QUEUE_KEEPALIVE").flag("--queue-keepalive").section(14),
        Setting(
            Field("idle_timeout", \.idleTimeout, .duration(or: "0")),
            "How long a client connection without a request is kept; 0 is for ever."
        )
        .variable("PADDOCK_IDLE_TIMEOUT").section(4),
    ]

    private static let logs = [
        Setting(
            Field("trace", \.trace, .file()),
            "The file to which each request is written when it ends; paddock whatif replays it."
        )
        .variable("PADDOCK_TRACE").flag("--trace").needingRestart().section(15).example("/var/log/paddock/trace"),
        Setting(
            Field("access_log", \.accessLog, .word()),
            "The format of the access log on standard output."
        )
        .variable("PADDOCK_ACCESS_LOG").flag("--access-log").section(19),
        Setting(
            Field("log_refusals", \.refusalLines, .word()),
            "Whether requests that Paddock refuses itself have a line each, or one for a burst of a client."
        )
        .variable("PADDOCK_LOG_REFUSALS").section(19),
        Setting(Field("log_level", \.logLevel, .word()), "The lowest level of messages on standard error.")
            .variable("PADDOCK_LOG_LEVEL").flag("--log-level").section(19),
    ]

    private static let state = [
        Setting(
            Field("state", \.state, .state()),
            "Where usage and what is set at run time are kept over restarts: a folder, auto for the one of the service or the user, or off."
        )
        .variable("PADDOCK_STATE").flag("--state").needingRestart().section(21),
        Setting(
            Field("usage_days", \.usageDays, .integer(1...36_500)),
            "How many days of usage are kept."
        )
        .variable("PADDOCK_USAGE_DAYS").section(21),
        Setting(
            Field("history_days", \.historyDays, .integer(0...36_500)),
            "How many days single requests are kept after their end; 0 keeps none."
        )
        .variable("PADDOCK_HISTORY_DAYS").needingRestart().section(21),
        Setting(
            Field("batch_parallel", \.batchParallel, .integer(0...256)),
            "How many requests of batch jobs are at the backends or in the queues at once; 0 runs no batch jobs."
        )
        .variable("PADDOCK_BATCH_PARALLEL").section(23),
        Setting(
            Field("batch_files_max", \.batchFilesMax, .byteCount()),
            "The most that the files of all clients may take together."
        )
        .variable("PADDOCK_BATCH_FILES_MAX").section(23),
        Setting(Field("batch_file_bytes", \.batchFileBytes, .byteCount()), "The largest file that a client may upload.")
            .variable("PADDOCK_BATCH_FILE_BYTES").section(23),
        Setting(
            Field("batch_file_days", \.batchFileDays, .integer(1...36_500)),
            "How many days files of clients are kept, unless a job needs them."
        )
        .variable("PADDOCK_BATCH_FILE_DAYS").section(23),
    ]
}
