// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockCluster
import PaddockConfiguration
import PaddockHTTP
import Testing

@Suite
struct ConfigurationLoaderTests {
    @Test("Without any source the defaults hold")
    func defaults() throws {
        let loaded = try load()
        let configuration = loaded.configuration
        #expect(configuration == Configuration())
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 8080)
        #expect(configuration.backends.map(\.url.description) == ["http://127.0.0.1:11434"])
        #expect(configuration.parallelLimit == .auto)
        #expect(configuration.queueLimit == 512)
        #expect(configuration.requestTimeout == .seconds(300))
        #expect(configuration.models.isEmpty)
        #expect(configuration.maxBodyBytes == 104_857_600)
        #expect(configuration.maxQueuedBytes == 1_073_741_824)
        #expect(configuration.adminToken == nil)
        #expect(configuration.eventLoops == .auto)
        #expect(loaded.values.allSatisfy { $0.source == .standard })
    }

    @Test("A file may hold the three keys of the contract and nothing else")
    func threeKeys() throws {
        let yaml = """
            ollama_num_parallel: "auto"
            ollama_max_queue: 512
            request_timeout: 300
            """
        let loaded = try load(yaml)
        #expect(loaded.configuration == Configuration())
        #expect(loaded.source(of: "ollama_num_parallel") == .file(name: "paddock.yaml", line: 1))
        #expect(loaded.source(of: "ollama_max_queue") == .file(name: "paddock.yaml", line: 2))
        #expect(loaded.source(of: "request_timeout") == .file(name: "paddock.yaml", line: 3))
        #expect(loaded.source(of: "port") == .standard)
    }

    @Test("A file may set every key")
    func everyKey() throws {
        let yaml = """
            # all of them
            host: 0.0.0.0
            port: 9000
            backends:
              - http://gpu1:11434
              - url: http://gpu2
            ollama_num_parallel: 6
            ollama_max_queue: "64"
            request_timeout: 1.5m
            models:
              LLAMA2:latest: { parallel_limit: 8, queue_limit: 0 }
              qwen3:
                queue_limit: 16
            max_body_bytes: 1MiB
            max_queued_bytes: 2GB
            admin_token: s3cret
            event_loops: 2
            clients:
              alice: { key: "open sesame", weight: 2 }
              nightly:
                key_sha256: 9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08
                class: batch
            require_key: true
            open_routes: [/, /api/tags]
            queued_routes: [/v1/classify, -/rerank]
            protect_models: true
            cors_origins: ["https://Chat.example.com", "http://10.0.0.5:*"]
            trusted_proxies: [127.0.0.1, "10.0.0.0/8"]
            identity_headers: X-User
            fairness: off
            batch_share: 12.5%
            batch_slots: 3
            queue_keepalive: 15
            trace: /var/log/paddock.trace
            access_log: json
            log_level: DEBUG
            idle_timeout: 1m
            forwarded: RFC7239
            swap: OFF
            swap_visit: 12
            swap_slack: 4.5
            swap_patience: 25
            swap_unload: off
            spill: 2
            learn_parallel: off
            cloud_parallel: 5
            state: /var/lib/paddock
            usage_days: 30
            history_days: 7
            batch_files_max: 1GiB
            batch_file_bytes: 5MiB
            batch_file_days: 9
            wedge_after: 2m
            fairness_by: Tokens
            batch_parallel: 9
            view_token: look
            dashboard: Token
            log_refusals: each
            cluster:
              store: redis://ann:s3cret@10.0.0.5/2
              name: a
              listen: 127.0.0.2:9001
              advertise: 10.0.0.1:9001
              lease: 0.5
              grace: 10m
              when_alone: Stop
            """
        var expected = Configuration()
        expected.host = "0.0.0.0"
        expected.port = 9000
        expected.backends = [BackendURL(host: "gpu1", port: 11434), BackendURL(host: "gpu2", port: 80)].map(
            DeclaredBackend.init
        )
        expected.parallelLimit = .count(6)
        expected.batchParallel = 9
        expected.viewToken = Secret("look")
        expected.dashboard = .token
        expected.refusalLines = .each
        expected.queueLimit = 64
        expected.requestTimeout = .seconds(90)
        expected.models = [
            DeclaredModel(model: model("llama2"), parallelLimit: 8, queueLimit: 0),
            DeclaredModel(model: model("qwen3"), queueLimit: 16),
        ]
        expected.maxBodyBytes = 1 << 20
        expected.maxQueuedBytes = 2 << 30
        expected.adminToken = Secret("s3cret")
        expected.eventLoops = .count(2)
        var alice = DeclaredClient(name: "alice")
        alice.weight = 2
        alice.keyHash = KeyHash(hexadecimal: "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb")
        var nightly = DeclaredClient(name: "nightly")
        nightly.keyHash = KeyHash(hexadecimal: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
        nightly.ceiling = .batch
        expected.clients = [alice, nightly]
        expected.requiresKey = true
        expected.openRoutes = ["/", "/api/tags"]
        expected.queuedRoutes = [
            QueuedRouteChange(path: "/v1/classify", isQueued: true),
            QueuedRouteChange(path: "/rerank", isQueued: false),
        ]
        expected.protectsModels = true
        expected.corsOrigins = ["https://chat.example.com", "http://10.0.0.5:*"]
        expected.trustedProxies = ["127.0.0.1", "10.0.0.0/8"].compactMap { AddressBlock($0) }
        expected.identityHeaders = ["x-user"]
        expected.forwarded = .rfc7239
        expected.isFair = false
        expected.fairnessBy = .tokens
        expected.batchSharePercent = 12.5
        expected.batchSlots = 3
        expected.queueKeepalive = .seconds(15)
        expected.trace = "/var/log/paddock.trace"
        expected.accessLog = .json
        expected.logLevel = .debug
        expected.idleTimeout = .seconds(60)
        expected.fleet.swapping = .off
        expected.fleet.visit = 12
        expected.fleet.slack = 4.5
        expected.fleet.patiencePercent = 25
        expected.fleet.unloads = false
        expected.fleet.spill = 2
        expected.fleet.learnsParallel = false
        expected.fleet.cloudParallel = 5
        expected.state = .folder("/var/lib/paddock")
        expected.usageDays = 30
        expected.historyDays = 7
        expected.batchFilesMax = 1 << 30
        expected.batchFileBytes = 5 << 20
        expected.batchFileDays = 9
        expected.fleet.wedgeAfter = .seconds(120)
        expected.clusterKeys.store = try StoreAddress("redis://ann:s3cret@10.0.0.5:6379/2")
        expected.clusterKeys.name = "a"
        expected.clusterKeys.listen = StoreAddress.Host(name: "127.0.0.2", port: 9_001)
        expected.clusterKeys.advertise = StoreAddress.Host(name: "10.0.0.1", port: 9_001)
        expected.clusterKeys.lease = .milliseconds(500)
        expected.clusterKeys.grace = .seconds(600)
        expected.clusterKeys.whenAlone = .stop
        let loaded = try load(yaml)
        #expect(loaded.configuration == expected)
        #expect(
            loaded.values.map { "\($0.name)=\($0.value) (\($0.source))" } == [
                "host=0.0.0.0 (paddock.yaml:2)",
                "port=9000 (paddock.yaml:3)",
                "backends=http://gpu1:11434 http://gpu2:80 (paddock.yaml:4)",
                "event_loops=2 (paddock.yaml:17)",
                "ollama_num_parallel=6 (paddock.yaml:7)",
                "ollama_max_queue=64 (paddock.yaml:8)",
                "request_timeout=90s (paddock.yaml:9)",
                "models=llama2 qwen3 (paddock.yaml:10)",
                "models.llama2.parallel_limit=8 (paddock.yaml:11)",
                "models.llama2.queue_limit=0 (paddock.yaml:11)",
                "models.qwen3.queue_limit=16 (paddock.yaml:13)",
                "max_body_bytes=1MiB (paddock.yaml:14)",
                "max_queued_bytes=2GiB (paddock.yaml:15)",
                "admin_token=(set) (paddock.yaml:16)",
                "view_token=(set) (paddock.yaml:56)",
                "dashboard=token (paddock.yaml:57)",
                "clients=alice nightly (paddock.yaml:18)",
                "require_key=true (paddock.yaml:23)",
                "open_routes=/ /api/tags (paddock.yaml:24)",
                "queued_routes=/v1/classify -/rerank (paddock.yaml:25)",
                "protect_models=true (paddock.yaml:26)",
                "cors_origins=https://chat.example.com http://10.0.0.5:* (paddock.yaml:27)",
                "trusted_proxies=127.0.0.1 10.0.0.0/8 (paddock.yaml:28)",
                "identity_headers=x-user (paddock.yaml:29)",
                "forwarded=rfc7239 (paddock.yaml:38)",
                "fairness=off (paddock.yaml:30)",
                "fairness_by=tokens (paddock.yaml:54)",
                "batch_share=12.5% (paddock.yaml:31)",
                "batch_slots=3 (paddock.yaml:32)",
                "swap=off (paddock.yaml:39)",
                "swap_visit=12 (paddock.yaml:40)",
                "swap_slack=4.5 (paddock.yaml:41)",
                "swap_patience=25% (paddock.yaml:42)",
                "swap_unload=off (paddock.yaml:43)",
                "spill=2 (paddock.yaml:44)",
                "learn_parallel=off (paddock.yaml:45)",
                "wedge_after=120s (paddock.yaml:53)",
                "cloud_parallel=5 (paddock.yaml:46)",
                "queue_keepalive=15s (paddock.yaml:33)",
                "idle_timeout=60s (paddock.yaml:37)",
                "trace=/var/log/paddock.trace (paddock.yaml:34)",
                "access_log=json (paddock.yaml:35)",
                "log_refusals=each (paddock.yaml:58)",
                "log_level=debug (paddock.yaml:36)",
                "state=/var/lib/paddock (paddock.yaml:47)",
                "usage_days=30 (paddock.yaml:48)",
                "history_days=7 (paddock.yaml:49)",
                "batch_parallel=9 (paddock.yaml:55)",
                "batch_files_max=1GiB (paddock.yaml:50)",
                "batch_file_bytes=5MiB (paddock.yaml:51)",
                "batch_file_days=9 (paddock.yaml:52)",
                "cluster.store=redis://ann@10.0.0.5:6379/2 (paddock.yaml:60)",
                "cluster.name=a (paddock.yaml:61)",
                "cluster.listen=127.0.0.2:9001 (paddock.yaml:62)",
                "cluster.advertise=10.0.0.1:9001 (paddock.yaml:63)",
                "cluster.secret_file=(not set) (default)",
                "cluster.lease=0.5s (paddock.yaml:64)",
                "cluster.grace=600s (paddock.yaml:65)",
                "cluster.when_alone=stop (paddock.yaml:66)",
            ]
        )
    }

    @Test("A flag wins over a variable, a variable over the file, the file over the default")
    func precedence() throws {
        let yaml = "port: 1\nollama_max_queue: 1\nrequest_timeout: 1\n"
        let environment = ["PADDOCK_PORT": "2", "OLLAMA_MAX_QUEUE": "2"]
        let loaded = try load(yaml, environment: environment, flags: ["--port": ["3"]])
        #expect(loaded.configuration.port == 3)
        #expect(loaded.configuration.queueLimit == 2)
        #expect(loaded.configuration.requestTimeout == .seconds(1))
        #expect(loaded.source(of: "port").description == "flag --port")
        #expect(loaded.source(of: "ollama_max_queue").description == "variable OLLAMA_MAX_QUEUE")
        #expect(loaded.source(of: "request_timeout").description == "paddock.yaml:3")
        #expect(loaded.source(of: "host").description == "default")
    }

    @Test(
        "The port that a platform sets for a service of this name is ignored, and a line says so",
        arguments: [
            "tcp://10.0.0.1:8080", "udp://10.0.0.1:53", "TCP://10.0.0.1:8080", "sctp://10.0.0.1:8080",
            "tcp://[fd00::1]:8080", "tcp://fd00::1:8080", " 'tcp://172.17.0.5:80' ",
        ]
    )
    func serviceLinks(text: String) throws {
        let loaded = try load("port: 9000", environment: ["PADDOCK_PORT": text])
        #expect(loaded.configuration.port == 9000)
        #expect(loaded.source(of: "port").description == "paddock.yaml:1")
        #expect(loaded.warnings.count == 1)
        #expect(loaded.warnings.first?.hasPrefix("variable PADDOCK_PORT: \"") == true)
        #expect(try load(environment: ["PADDOCK_PORT": text], flags: ["--port": ["7"]]).configuration.port == 7)
    }

    @Test(
        "What only resembles it is a bad value as before",
        arguments: [
            "tcp://10.0.0.1", "tcp://10.0.0.1:", "tcp://10.0.0.1:0", "tcp://10.0.0.1:x", "tcp://paddock:8080",
            "tcp://:8080",
            "http://10.0.0.1:8080", "tcp:10.0.0.1:8080", "10.0.0.1:8080", "tcp://10.0.0.1:8080/", "://10.0.0.1:8080",
        ]
    )
    func noServiceLinks(text: String) {
        #expect(throws: ConfigurationError.self) { try load(environment: ["PADDOCK_PORT": text]) }
    }

    @Test("Each variable sets its key")
    func variables() throws {
        let loaded = try load(environment: [
            "PADDOCK_HOST": "::1", "PADDOCK_PORT": "0", "OLLAMA_BASE_URL": "http://a", "OLLAMA_NUM_PARALLEL": "3",
            "OLLAMA_MAX_QUEUE": "0", "REQUEST_TIMEOUT": "2h", "PADDOCK_MAX_BODY_BYTES": "5",
            "PADDOCK_MAX_QUEUED_BYTES": "6", "PADDOCK_ADMIN_TOKEN": "\"t\"", "PADDOCK_EVENT_LOOPS": "256",
            "PADDOCK_OPEN_ROUTES": "/api/tags , /x", "PADDOCK_QUEUED_ROUTES": "-/rerank,/y",
            "PADDOCK_PROTECT_MODELS": "true", "OLLAMA_ORIGINS": "http://a.example",
            "PADDOCK_CORS_ORIGINS": "*,app://b",
        ])
        var expected = Configuration()
        expected.host = "::1"
        expected.port = 0
        expected.backends = [BackendURL(host: "a", port: 80)].map(DeclaredBackend.init)
        expected.parallelLimit = .count(3)
        expected.queueLimit = 0
        expected.requestTimeout = .seconds(7200)
        expected.maxBodyBytes = 5
        expected.maxQueuedBytes = 6
        expected.adminToken = Secret("\"t\"")
        expected.openRoutes = ["/api/tags", "/x"]
        expected.queuedRoutes = [
            QueuedRouteChange(path: "/rerank", isQueued: false), QueuedRouteChange(path: "/y", isQueued: true),
        ]
        expected.protectsModels = true
        expected.corsOrigins = ["*", "app://b"]
        expected.eventLoops = .count(256)
        #expect(loaded.configuration == expected)
    }

    @Test("Each flag sets its key")
    func flags() throws {
        let loaded = try load(flags: [
            "--host": ["localhost"], "--port": ["65535"], "--backend": ["http://a", "http://b"], "--parallel": ["AUTO"],
            "--max-queue": ["7"], "--timeout": ["0.5"], "--event-loops": ["auto"],
        ])
        var expected = Configuration()
        expected.host = "localhost"
        expected.port = 65535
        expected.backends = [BackendURL(host: "a", port: 80), BackendURL(host: "b", port: 80)].map(DeclaredBackend.init)
        expected.queueLimit = 7
        expected.requestTimeout = .milliseconds(500)
        #expect(loaded.configuration == expected)
        #expect(loaded.source(of: "backends") == .flag("--backend"))
    }

    @Test("Empty variables count as unset", arguments: ["", "  ", "\t\n", "\"\"", "''", "\" \""])
    func emptyVariables(text: String) throws {
        let variables = Setting.all.filter { !$0.key.hasSuffix("_token") }.flatMap(\.variables).map(\.name)
        let loaded = try load(environment: Dictionary(uniqueKeysWithValues: variables.map { ($0, text) }))
        #expect(loaded.configuration == Configuration())
        #expect(loaded.values.allSatisfy { $0.source == .standard })
    }

    @Test("White space and one pair of quotes around a variable's value do not count, as with Ollama")
    func quotedVariables() throws {
        #expect(try load(environment: ["OLLAMA_MAX_QUEUE": " \"4\" "]).configuration.queueLimit == 4)
        #expect(try load(environment: ["OLLAMA_MAX_QUEUE": "'4'\n"]).configuration.queueLimit == 4)
        #expect(
            refusal(environment: ["OLLAMA_MAX_QUEUE": "'4\""])
                == "variable OLLAMA_MAX_QUEUE: ollama_max_queue: \"'4\\\"\" is not a whole number: "
                + "give an integer from 0 to 10000000"
        )
    }

    @Test("OLLAMA_NUM_PARALLEL=0 means auto, and 0 anywhere else is an error")
    func parallelZero() throws {
        let loaded = try load("ollama_num_parallel: 3", environment: ["OLLAMA_NUM_PARALLEL": "0"])
        #expect(loaded.configuration.parallelLimit == .auto)
        #expect(
            refusal("ollama_num_parallel: 0")
                == "paddock.yaml:1: ollama_num_parallel: \"0\" is out of range: give auto or an integer from 1 to 10000"
        )
        #expect(
            refusal(flags: ["--parallel": ["0"]])
                == "flag --parallel: ollama_num_parallel: \"0\" is out of range: "
                + "give auto or an integer from 1 to 10000"
        )
    }

    @Test("OLLAMA_BASE_URLS wins over OLLAMA_BASE_URL and is split at semicolons")
    func baseURLs() throws {
        let environment = ["OLLAMA_BASE_URLS": " http://a:1 ;; http://b:2; ", "OLLAMA_BASE_URL": "http://c:3"]
        let loaded = try load("backends: [http://d:4]", environment: environment)
        #expect(loaded.configuration.backends.map(\.url.description) == ["http://a:1", "http://b:2"])
        #expect(loaded.source(of: "backends") == .variable("OLLAMA_BASE_URLS"))
    }

    @Test("A backend may have slots for all models; they are listed, and go with a list that a higher source replaces")
    func backendSlots() throws {
        let yaml = "backends:\n  - http://a:1\n  - slots: 4\n    url: http://b:2\n"
        let loaded = try load(yaml)
        #expect(loaded.configuration.backends.map(\.slots) == [nil, 4])
        #expect(
            loaded.values.filter { $0.name.hasPrefix("backends") }.map { "\($0.name)=\($0.value) (\($0.source))" }
                == [
                    "backends=http://a:1 http://b:2 (paddock.yaml:1)", "backends.http://b:2.slots=4 (paddock.yaml:3)",
                ]
        )
        let replaced = try load(yaml, environment: ["OLLAMA_BASE_URL": "http://b:2"])
        #expect(replaced.configuration.backends.map(\.slots) == [nil])
        #expect(replaced.values.count { $0.name.hasPrefix("backends") } == 1)
    }

    @Test("A bad value that a higher source overrides is still an error")
    func overriddenValues() {
        #expect(
            refusal("port: x", environment: ["PADDOCK_PORT": "2"], flags: ["--port": ["3"]])
                == "paddock.yaml:1: port: \"x\" is not a whole number: give an integer from 0 to 65535"
        )
        #expect(
            refusal(environment: ["PADDOCK_PORT": "x"], flags: ["--port": ["3"]])
                == "variable PADDOCK_PORT: port: \"x\" is not a whole number: give an integer from 0 to 65535"
        )
        #expect(
            refusal(environment: ["OLLAMA_BASE_URL": "ftp://c", "OLLAMA_BASE_URLS": "http://a"])
                == "variable OLLAMA_BASE_URL: backends: \"ftp://c\" is not an http:// address: "
                + "give an address such as http://127.0.0.1:11434"
        )
    }

    @Test("The first bad value is reported: file by line, then variables, then flags")
    func order() {
        let environment = ["PADDOCK_HOST": "-"]
        let flags: [String: [String]] = ["--host": ["-"]]
        #expect(
            refusal("port: x\nhost: '-'", environment: environment, flags: flags)?.hasPrefix("paddock.yaml:1: ") == true
        )
        #expect(refusal("port: 1", environment: environment, flags: flags)?.hasPrefix("variable ") == true)
        #expect(refusal("port: 1", flags: flags)?.hasPrefix("flag ") == true)
    }

    @Test(
        "A bad flag or variable is one line that names it",
        arguments: [
            (
                ["OLLAMA_BASE_URLS": ";"], [:],
                "variable OLLAMA_BASE_URLS: backends: the list is empty: give a list of addresses such as http://127.0.0.1:11434"
            ),
            (
                [:], ["--backend": ["http://a", "http://A:80/"]],
                "flag --backend: backends: \"http://A:80/\" is given twice: give each backend once"
            ),
            (
                [:], ["--host": [""]],
                "flag --host: host: it is empty: give an IP address or a host name such as 127.0.0.1 or localhost"
            ),
            (
                [:], ["--max-queue": ["-1"]],
                "flag --max-queue: ollama_max_queue: \"-1\" is out of range: give an integer from 0 to 10000000"
            ),
            (
                [:], ["--timeout": ["0"]],
                "flag --timeout: request_timeout: \"0\" is not more than 0: give seconds such as 300 or 0.5, "
                    + "or a duration such as 30s, 5m or 2h, more than 0 and at most 8760h"
            ),
            (
                [:], ["--event-loops": ["257"]],
                "flag --event-loops: event_loops: \"257\" is out of range: give auto or an integer from 1 to 256"
            ),
            (
                [:], ["--access-log": ["yes"]],
                "flag --access-log: access_log: \"yes\" is not one of the values: give off, text or json"
            ),
            (
                ["PADDOCK_LOG_LEVEL": "loud"], [:],
                "variable PADDOCK_LOG_LEVEL: log_level: \"loud\" is not one of the values: give error, warning, info or debug"
            ),
            (
                ["PADDOCK_MAX_BODY_BYTES": "0"], [:],
                "variable PADDOCK_MAX_BODY_BYTES: max_body_bytes: \"0\" is out of range: "
                    + "give bytes from 1 to 1099511627776, or a size such as 512KB, 100MiB or 1GiB"
            ),
        ] as [([String: String], [String: [String]], String)]
    )
    func badValues(environment: [String: String], flags: [String: [String]], line: String) {
        #expect(refusal(environment: environment, flags: flags) == line)
    }

    @Test(
        "The tokens show in no message, listing or dump",
        arguments: ["admin", "view"],
        ["two words", "grün", "tab\there", "nul\u{0}here", String(repeating: "x", count: 1025)]
    )
    func tokens(kind: String, token: String) throws {
        let variable = "PADDOCK_\(kind.uppercased())_TOKEN"
        let line = refusal(environment: [variable: token])
        #expect(line?.hasPrefix("variable \(variable): \(kind)_token: it ") == true)
        #expect(line?.hasSuffix(": give 1 to 1024 printable ASCII characters without blanks") == true)
        #expect(line?.contains(token) == false)
        let loaded = try load("\(kind)_token: 'hunter2!'")
        let read = kind == "admin" ? loaded.configuration.adminToken : loaded.configuration.viewToken
        #expect(read?.secret == "hunter2!")
        var dumped = ""
        dump(loaded, to: &dumped)
        for text in [dumped, "\(loaded)", "\(loaded.values)", String(reflecting: loaded.configuration)] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("The view token is another than the admin token, and the error shows neither")
    func sameToken() {
        #expect(
            refusal("admin_token: hunter2\nview_token: hunter2")
                == "paddock.yaml:2: view_token: it is the admin_token, too: give another one"
        )
        #expect(refusal("admin_token: hunter2\nview_token: hunter3") == nil)
    }

    @Test("The loader can be called again")
    func again() throws {
        let yaml = "models: {a: {queue_limit: 1}}"
        #expect(try load(yaml) == load(yaml))
    }
}
