// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockConfiguration
import Testing

@Suite
struct ConfigurationFileTests {
    /// The keys of an entry of `models`.
    private static let keys = "parallel_limit, queue_limit, backends, not_on, pinned"

    @Test(
        "A file that holds nothing sets nothing",
        arguments: [
            "", "\n", "# only a comment\n", "---\n", "--- ~\n", "{}", "null", "\u{FEFF}", "\u{FEFF}# comment",
            "%YAML 1.2\n---\n",
        ]
    )
    func empty(yaml: String) throws {
        #expect(try load(yaml).configuration == Configuration())
    }

    @Test(
        "A file that is not a map of known keys is one line of error",
        arguments: [
            ("- port", "paddock.yaml:1: the file contains a list, not a map: give lines such as port: 8080"),
            ("\n\nport", "paddock.yaml:3: the file contains a single value, not a map: give lines such as port: 8080"),
            (
                "port: 1\n\tx: 2",
                "paddock.yaml:2: not valid YAML at column 1 (found a tab character that violates indentation): "
                    + "give lines such as port: 8080, indented with blanks"
            ),
            (
                "port: 1\nhost: [a\n",
                "paddock.yaml:3: not valid YAML at column 1 (did not find expected ',' or ']'): "
                    + "give lines such as port: 8080, indented with blanks"
            ),
            (
                "port: *nowhere",
                "paddock.yaml:1: not valid YAML at column 7 (found undefined alias): "
                    + "give lines such as port: 8080, indented with blanks"
            ),
            (
                "port: 1\n---\nport: 2\n",
                "paddock.yaml:2: not valid YAML at column 1 (found another document): "
                    + "give lines such as port: 8080, indented with blanks"
            ),
            ("[port]: 1", "paddock.yaml:1: a list is a key: give lines such as port: 8080"),
            ("host: a\nport: \u{7}1", "paddock.yaml:2: the line contains a control character: give plain text"),
            ("host: a\n\u{0}", "paddock.yaml:2: the line contains a control character: give plain text"),
        ]
    )
    func notAConfiguration(yaml: String, line: String) {
        #expect(refusal(yaml) == line)
    }

    @Test("Bytes that are not UTF-8 are an error with their line")
    func notUTF8() {
        let file = ConfigurationFile(name: "p.yaml", bytes: Array("port: 1\nhost: ".utf8) + [0xC3, 0x28, 0x0A])
        #expect(
            throws: ConfigurationError.self,
            performing: {
                try ConfigurationLoader.load(
                    flags: [:],
                    environment: [:],
                    file: file,
                    inferenceRoutes: []
                )
            }
        )
        do throws(ConfigurationError) {
            _ = try ConfigurationLoader.load(
                flags: [:],
                environment: [:],
                file: file,
                inferenceRoutes: []
            )
        } catch {
            #expect(error.description == "p.yaml:2: the line is not UTF-8 text: save the file as UTF-8")
        }
    }

    @Test("A file may have 1 MiB and no more")
    func size() {
        let comment = "#" + String(repeating: "x", count: (1 << 20) - 1)
        #expect(refusal(comment) == nil)
        #expect(
            refusal(comment + "x") == "paddock.yaml: the file has more than 1048576 bytes: give a smaller one"
        )
    }

    @Test(
        "A value of the wrong kind is one line that says what would be right",
        arguments: [
            ("port:", "port: no value is given: give an integer from 0 to 65535"),
            ("port: ~", "port: no value is given: give an integer from 0 to 65535"),
            ("port: null", "port: no value is given: give an integer from 0 to 65535"),
            ("port: 'null'", "port: \"null\" is not a whole number: give an integer from 0 to 65535"),
            ("port: [1]", "port: a list is given: give an integer from 0 to 65535"),
            ("port: {a: 1}", "port: a map is given: give an integer from 0 to 65535"),
            ("port: 65536", "port: \"65536\" is out of range: give an integer from 0 to 65535"),
            ("port: -1", "port: \"-1\" is out of range: give an integer from 0 to 65535"),
            (
                "ollama_num_parallel: many",
                "ollama_num_parallel: \"many\" is neither auto nor a whole number: give auto or an integer from 1 to 10000"
            ),
            (
                "ollama_num_parallel: 10001",
                "ollama_num_parallel: \"10001\" is out of range: give auto or an integer from 1 to 10000"
            ),
            (
                "ollama_max_queue: 10000001",
                "ollama_max_queue: \"10000001\" is out of range: give an integer from 0 to 10000000"
            ),
            (
                "ollama_max_queue: 99999999999999999999999",
                "ollama_max_queue: \"99999999999999999999999\" is out of range: give an integer from 0 to 10000000"
            ),
            (
                "admin_token: [secret]",
                "admin_token: a list is given: give 1 to 1024 printable ASCII characters without blanks"
            ),
            ("admin_token: ''", "admin_token: it is empty: give 1 to 1024 printable ASCII characters without blanks"),
            (
                "backends: http://a",
                "backends: a single value is given: give a list of addresses such as http://127.0.0.1:11434"
            ),
            ("backends: []", "backends: the list is empty: give a list of addresses such as http://127.0.0.1:11434"),
            (
                "backends: {url: http://a}",
                "backends: a map is given: give a list of addresses such as http://127.0.0.1:11434"
            ),
            (
                "models: 3",
                "models: a single value is given: give a map from model names to maps with any of \(Self.keys)"
            ),
            (
                "models:",
                "models: no value is given: give a map from model names to maps with any of \(Self.keys)"
            ),
        ]
    )
    func wrongKind(yaml: String, rest: String) {
        #expect(refusal("# first\n" + yaml) == "paddock.yaml:2: " + rest)
    }

    @Test(
        "Only plain decimal integers are integers",
        arguments: [
            "4.0", "1e3", "0x10", "0o7", "010", "yes", "1_000", "+4", "4 5", "٤", "''", "1:30",
        ]
    )
    func notIntegers(text: String) {
        #expect(
            refusal("ollama_max_queue: \(text)")
                == "paddock.yaml:1: ollama_max_queue: \"\(text == "''" ? "" : text)\" is not a whole number: "
                + "give an integer from 0 to 10000000"
        )
    }

    @Test("Values in messages are escaped and cut")
    func escaping() {
        #expect(
            refusal("port: \"a\\n\\e[31m\\u202e\\\"\"")
                == "paddock.yaml:1: port: \"a\\n\\u{1b}[31m\\u{202e}\\\"\" is not a whole number: "
                + "give an integer from 0 to 65535"
        )
        #expect(
            refusal("port: " + String(repeating: "x", count: 1000))
                == "paddock.yaml:1: port: \"" + String(repeating: "x", count: 80) + "…\" is not a whole number: "
                + "give an integer from 0 to 65535"
        )
        #expect(
            refusal("\"a\\nb\": 1")?.hasPrefix("paddock.yaml:1: a\\nb: unknown key: give one of host, port, ") == true
        )
    }

    // MARK: - Keys

    @Test(
        "An unknown key is an error that suggests the nearest",
        arguments: [
            ("ollama_num_paralel", "ollama_num_parallel"),
            ("ollama_max_queue_size", "ollama_max_queue"),
            ("ollama-max-queue", "ollama_max_queue"),
            ("OLLAMA_MAX_QUEUE", "ollama_max_queue"),
            ("max_queue", "ollama_max_queue"),
            ("Port", "port"),
            ("prot", "port"),
            ("backend", "backends"),
            ("OLLAMA_BASE_URLS", "backends"),
            ("timeout", "request_timeout"),
            ("requestTimeout", "request_timeout"),
            ("parallel", "ollama_num_parallel"),
            ("model", "models"),
            ("token", "admin_token"),
            ("max_bodybyte", "max_body_bytes"),
            ("event_loop", "event_loops"),
        ]
    )
    func unknownKeys(name: String, nearest: String) {
        #expect(refusal("host: a\n\(name): 1") == "paddock.yaml:2: \(name): unknown key: did you mean \(nearest)?")
    }

    @Test("An unknown key that is near to none is an error with all keys")
    func unknownKey() {
        #expect(
            refusal("colour: red")
                == "paddock.yaml:1: colour: unknown key: give one of host, port, backends, event_loops, ollama_num_parallel, "
                + "ollama_max_queue, request_timeout, models, max_body_bytes, max_queued_bytes, admin_token, "
                + "view_token, dashboard, clients, require_key, open_routes, queued_routes, protect_models, cors_origins, trusted_proxies, identity_headers, "
                + "forwarded, fairness, fairness_by, batch_share, batch_slots, swap, swap_visit, swap_slack, swap_patience, swap_unload, spill, "
                + "learn_parallel, wedge_after, cloud_parallel, queue_keepalive, idle_timeout, trace, access_log, log_refusals, log_level, "
                + "state, usage_days, history_days, batch_parallel, batch_files_max, batch_file_bytes, batch_file_days, "
                + "cluster.store, cluster.name, cluster.listen, cluster.advertise, cluster.secret_file, cluster.lease, cluster.grace, "
                + "cluster.when_alone"
        )
        #expect(refusal("<<: {port: 1}")?.hasPrefix("paddock.yaml:1: <<: unknown key: give one of host") == true)
    }

    @Test(
        "A bad client is an error with its own line, and no character of a key is shown",
        arguments: [
            (
                "a b: {key: x}",
                "2: clients: \"a b\" is not a client name: give 1 to 64 of A-Z a-z 0-9 . _ - that are not an address"
            ),
            (
                "10.0.0.1: {key: x}",
                "2: clients: \"10.0.0.1\" is not a client name: give 1 to 64 of A-Z a-z 0-9 . _ - that are not an address"
            ),
            (
                "a: x",
                "2: clients.a: a single value is given: give a map with key or key_sha256, and optionally weight, class and quotas"
            ),
            ("a: {weight: 2}", "2: clients.a: there is no key: give key or key_sha256"),
            (
                "a: {key: x, key_sha256: x}",
                "2: clients.a.key_sha256: key is given in line 2 already: give one of key and key_sha256"
            ),
            ("a: {key_sha256: abc}", "2: clients.a.key_sha256: it is not a SHA-256 hash: give 64 hexadecimal digits"),
            (
                "a: {key: \"p\\u00E4ss\"}",
                "2: clients.a.key: it is not a key: give 1 to 1024 printable ASCII characters, no blank at either end"
            ),
            ("a: {key: x, weight: 0}", "2: clients.a.weight: \"0\" is out of range: give a number from 0.01 to 100"),
            (
                "a: {key: x, weight: 1e1}",
                "2: clients.a.weight: \"1e1\" is not a number: give a number from 0.01 to 100"
            ),
            (
                "a: {key: x, class: bulk}",
                "2: clients.a.class: \"bulk\" is not one of the values: give interactive or batch"
            ),
            ("a: {key: x, wieght: 1}", "2: clients.a.wieght: unknown key: did you mean weight?"),
            (
                "a: {key: x}\n  b: {key: x}",
                "3: clients: b has the same key as a in line 2: give a different key for each client"
            ),
            ("a: {key: x}\n  a: {key: y}", "3: a: given twice, in line 2 and in line 3: keep one of them"),
        ]
    )
    func badClient(clients: String, rest: String) {
        #expect(refusal("clients:\n  \(clients)") == "paddock.yaml:\(rest)")
    }

    @Test(
        "A bad value of queueing is an error that says what would be right",
        arguments: [
            (
                "require_key: true\nstate: off",
                "require_key: no client is declared, and with state off none can be made, so nobody could send a key: declare"
                    + " clients, or give false"
            ),
            ("require_key: yes", "require_key: \"yes\" is neither true nor false: give true or false"),
            (
                "queued_routes: [/v1/a?b]",
                "queued_routes: \"/v1/a?b\" has a character that is not allowed here, such as a blank, ?, %, # or *: "
                    + "give a list of paths such as /v1/classify, or -/v1/audio/speech to remove one"
            ),
            (
                "queued_routes: -/api/chats",
                "queued_routes: \"/api/chats\" is not a queued route: "
                    + "leave \"-/api/chats\" out, or name one of /api/chat, /rerank, /v1/audio/speech"
            ),
            (
                "open_routes: [v1/a]",
                "open_routes: \"v1/a\" does not begin with /: give a list of paths such as /api/tags, "
                    + "without percent signs or a query"
            ),
            (
                "open_routes: [/a/]",
                "open_routes: \"/a/\" has an empty or a dot segment, or ends with a slash: "
                    + "give a list of paths such as /api/tags, without percent signs or a query"
            ),
            (
                "cors_origins: [\"https://a.example/x\"]",
                "cors_origins: \"https://a.example/x\" has a path, which an origin does not have: "
                    + "give a list of origins such as https://chat.example.com, http://10.0.0.5:* or *"
            ),
            (
                "cors_origins: a.example",
                "cors_origins: \"a.example\" has no scheme such as http://: "
                    + "give a list of origins such as https://chat.example.com, http://10.0.0.5:* or *"
            ),
            (
                "cors_origins: http://*.*",
                "cors_origins: \"http://*.*\" has more than one *: "
                    + "give a list of origins such as https://chat.example.com, http://10.0.0.5:* or *"
            ),
            ("protect_models: on", "protect_models: \"on\" is neither true nor false: give true or false"),
            ("fairness: true", "fairness: \"true\" is neither on nor off: give on or off"),
            ("batch_share: 0.5", "batch_share: \"0.5\" is out of range: give percent from 1 to 50, such as 5 or 5%"),
            (
                "batch_share: -1",
                "batch_share: \"-1\" is not a percentage: give percent from 1 to 50, such as 5 or 5%"
            ),
            ("batch_slots: 0", "batch_slots: \"0\" is out of range: give all or an integer from 1 to 10000"),
            (
                "trusted_proxies: [10.0.0.0/33]",
                "trusted_proxies: \"10.0.0.0/33\" is neither an address nor a CIDR block: "
                    + "give a list of addresses such as 127.0.0.1 or 10.0.0.0/8"
            ),
            (
                "identity_headers: [\"a b\"]",
                "identity_headers: \"a b\" is not a header name: give a list of header names such as X-Forwarded-User"
            ),
            ("forwarded: on", "forwarded: \"on\" is not one of the values: give x-forwarded-for or rfc7239"),
            ("trace: \"\"", "trace: it is not a file name: give a file name"),
        ]
    )
    func badQueueing(yaml: String, rest: String) {
        #expect(refusal(yaml) == "paddock.yaml:1: \(rest)")
    }

    @Test(
        "A key given twice is an error that names both lines",
        arguments: [
            (
                "port: 1\nhost: a\nport: 2\n",
                "paddock.yaml:3: port: given twice, in line 1 and in line 3: keep one of them"
            ),
            (
                "port: 1\n\n\"port\": 2\n",
                "paddock.yaml:3: port: given twice, in line 1 and in line 3: keep one of them"
            ),
            ("'port': 1\nport : 2\n", "paddock.yaml:2: port: given twice, in line 1 and in line 2: keep one of them"),
            (
                "port: 1\nport: 2\nport: 3\n",
                "paddock.yaml:2: port: given twice, in line 1 and in line 2: keep one of them"
            ),
            ("port: 1\r\nport: 2\r\n", "paddock.yaml:2: port: given twice, in line 1 and in line 2: keep one of them"),
            ("{port: 1, port: 2}", "paddock.yaml:1: port: given twice, in line 1 and in line 1: keep one of them"),
            (
                "{port: 1,\nhost: a,\n port: 2}",
                "paddock.yaml:3: port: given twice, in line 1 and in line 3: keep one of them"
            ),
            (
                "models:\n  a:\n    queue_limit: 1\n    queue_limit: 2\n  b:\n    queue_limit: 3\n",
                "paddock.yaml:4: queue_limit: given twice, in line 3 and in line 4: keep one of them"
            ),
            (
                "models:\n  a: {queue_limit: 1}\n  b: {queue_limit: 1}\n  a: {queue_limit: 2}\n",
                "paddock.yaml:4: a: given twice, in line 2 and in line 4: keep one of them"
            ),
            (
                "backends:\n  - url: http://a\n    url: http://b\n",
                "paddock.yaml:3: url: given twice, in line 2 and in line 3: keep one of them"
            ),
            ("port: 1\n\"po\\x72t\": 2", "paddock.yaml:1: port: given twice, first in line 1: keep one of them"),
            ("port: 1\n!!int port: 2", "paddock.yaml:2: port: given twice, in line 1 and in line 2: keep one of them"),
        ]
    )
    func duplicates(yaml: String, line: String) {
        #expect(refusal(yaml) == line)
    }

    // MARK: - Backends

    @Test(
        "A bad backend is an error with its own line",
        arguments: [
            (
                "backends:\n  - http://a\n  - https://b\n",
                "paddock.yaml:3: backends: \"https://b\" asks for TLS, which Paddock does not support to backends: "
                    + "give an http:// address, through a tunnel or a local TLS proxy if the network is not trusted"
            ),
            (
                "backends:\n  - http://a\n  - http://a:80/\n",
                "paddock.yaml:3: backends: \"http://a:80/\" is given twice: give each backend once"
            ),
            (
                "backends:\n  - ~\n",
                "paddock.yaml:2: backends: no value is given: give an address such as http://127.0.0.1:11434"
            ),
            (
                "backends:\n  - [http://a]\n",
                "paddock.yaml:2: backends: a list is given: give an address such as http://127.0.0.1:11434"
            ),
            (
                "backends:\n  - {}\n",
                "paddock.yaml:2: backends: the map is empty: give an address such as http://127.0.0.1:11434"
            ),
            (
                "backends:\n  - url:\n",
                "paddock.yaml:2: backends.url: no value is given: give an address such as http://127.0.0.1:11434"
            ),
            (
                "backends:\n  - url: http://a\n    URL: http://b\n",
                "paddock.yaml:3: backends.URL: unknown key: did you mean url?"
            ),
            (
                "backends:\n  - url: http://a\n    colour: 3\n",
                "paddock.yaml:3: backends.colour: unknown key: give one of url, slots, memory, max_loaded, weight, "
                    + "health_path, health_interval, api_key, api_key_file"
            ),
            (
                "backends:\n  - url: http://a\n    slots: 0\n",
                "paddock.yaml:3: backends.slots: \"0\" is out of range: give an integer from 1 to 10000"
            ),
            (
                "backends:\n  - url: http://a\n    slots: [4]\n",
                "paddock.yaml:3: backends.slots: a list is given: give an integer from 1 to 10000"
            ),
            (
                "backends:\n  - slots: 4\n",
                "paddock.yaml:2: backends: the map has no url: give a line such as url: http://127.0.0.1:11434"
            ),
        ]
    )
    func badBackends(yaml: String, line: String) {
        #expect(refusal(yaml) == line)
    }

    // MARK: - Models

    @Test(
        "A bad entry of models is an error with its own line",
        arguments: [
            (
                "LLAMA2: {queue_limit: 1}\n  llama2:latest: {queue_limit: 2}",
                "3: models: \"llama2:latest\" is the same model as \"LLAMA2\" in line 2: keep one of them"
            ),
            ("'': {queue_limit: 1}", "2: models: \"\" is not a model name: give a name such as llama2"),
            (
                "a: 3",
                "2: models.a: a single value is given: give a map with any of \(Self.keys)"
            ),
            ("a:", "2: models.a: no value is given: give a map with any of \(Self.keys)"),
            ("a: {}", "2: models.a: the map is empty: give a map with any of \(Self.keys)"),
            (
                "a: {queue_limit: ~}",
                "2: models.a.queue_limit: no value is given: give an integer from 0 to 10000000"
            ),
            (
                "a:\n    parallel_limit: 0",
                "3: models.a.parallel_limit: \"0\" is out of range: give an integer from 1 to 10000"
            ),
            (
                "a:\n    parallel_limit: auto",
                "3: models.a.parallel_limit: \"auto\" is not a whole number: give an integer from 1 to 10000"
            ),
            ("a:\n    parallel: 1", "3: models.a.parallel: unknown key: did you mean parallel_limit?"),
            ("a:\n    Queue-Limit: 1", "3: models.a.Queue-Limit: unknown key: did you mean queue_limit?"),
            ("a:\n    colour: 1", "3: models.a.colour: unknown key: give one of \(Self.keys)"),
        ]
    )
    func badModels(yaml: String, rest: String) {
        #expect(refusal("models:\n  \(yaml)\n") == "paddock.yaml:" + rest)
    }

    @Test("Model names that look like numbers are names")
    func numericModelNames() throws {
        let loaded = try load("models: {7: {queue_limit: 1}, 1.5: {queue_limit: 2}}")
        #expect(loaded.configuration.models.map(\.model.description) == ["7", "1.5"])
    }

    @Test("An alias means the value that it names")
    func aliases() throws {
        let loaded = try load("models: {a: &limits {queue_limit: 1}, b: *limits}")
        #expect(
            loaded.configuration.models == [
                DeclaredModel(model: model("a"), queueLimit: 1), DeclaredModel(model: model("b"), queueLimit: 1),
            ]
        )
    }

    // MARK: - Reading

    @Test("A file named by hand must be there")
    func missing() {
        do throws(ConfigurationError) {
            _ = try ConfigurationFile.find(path: "/nonexistent/p.yaml")
            Issue.record("The file is not there.")
        } catch {
            #expect(
                error.description
                    == "flag --config: \"/nonexistent/p.yaml\" cannot be read (No such file or directory): "
                    + "give the name of a readable file"
            )
        }
        #expect(throws: ConfigurationError.self, performing: { try ConfigurationFile.find(path: "/") })
    }

    @Test("A file that is there is read whole")
    func present() throws {
        let file = try #require(try ConfigurationFile.find(path: #filePath))
        #expect(file.name == #filePath)
        #expect(String(decoding: file.bytes, as: UTF8.self).hasSuffix("// The end of the file.\n"))
    }
}

// The end of the file.
