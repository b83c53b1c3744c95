// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockConfiguration
import Testing

@Suite("All errors of a configuration at once")
struct AllErrorsTests {
    private static func errors(_ yaml: String, environment: [String: String] = [:], flags: [String: [String]] = [:])
        -> [String]
    {
        do throws(ConfigurationError) {
            _ = try load(yaml, environment: environment, flags: flags)
            return []
        } catch {
            return error.all.map { String($0.description.prefix { $0 != "\"" }) }
        }
    }

    @Test("In the order in which the sources are read, also of entries of lists and maps")
    func order() {
        let yaml = """
            port: http
            olama_max_queue: 7
            models:
              llama2: {parallel_limit: 0, queue_limit: none}
              mistral: {pined: true}
            clients:
              10.0.0.1: {key: a}
              alice: {weight: 2}
            backends: [http://10.0.0.1:1, "https://10.0.0.2", http://10.0.0.1:1]
            trusted_proxies: [1.2.3, 10.0.0.1, 1.2.3.4.5]
            """
        let found = Self.errors(yaml, environment: ["REQUEST_TIMEOUT": "soon"], flags: ["--max-queue": ["many"]])
        #expect(
            found.map { $0.prefix { $0 != " " } } == [
                "paddock.yaml:1:", "paddock.yaml:2:", "paddock.yaml:4:", "paddock.yaml:4:", "paddock.yaml:5:",
                "paddock.yaml:7:", "paddock.yaml:8:", "paddock.yaml:9:", "paddock.yaml:9:", "paddock.yaml:10:",
                "paddock.yaml:10:", "variable", "flag",
            ]
        )
    }

    @Test(
        "Keys that depend on each other are checked together with bad values of others, and not if one of them is bad"
    )
    func together() {
        #expect(
            Self.errors("port: http\nview_token: a\nadmin_token: a\nrequire_key: true\nstate: off").map {
                $0.split(separator: ":")[2].trimmingPrefix(" ")
            } == ["port", "require_key", "view_token"]
        )
        let models = "models: {llama2: {backends: http://10.0.0.9:1}}"
        #expect(Self.errors("backends: ftp://10.0.0.1\n\(models)").count == 1)
        // The list of backends may be what is mistyped.
        #expect(Self.errors("bakends: http://10.0.0.9:1\n\(models)").count == 1)
        #expect(Self.errors(models).count == 1)
    }

    @Test("A file of errors without an end has a hundred of them")
    func bound() {
        let map = (0..<200).map { "k\($0): 1" }.joined(separator: ", ")
        let models = (0..<200).map { "  m\($0): *all" }.joined(separator: "\n")
        #expect(Self.errors("models:\n  first: &all {\(map)}\n\(models)").count == 100)
    }

    @Test("The summary counts the others")
    func summary() {
        let error = #expect(throws: ConfigurationError.self) { _ = try load("port: a\nswap: b\nlog_level: c") }
        #expect(error?.summary.hasSuffix(" (and 2 more)") == true)
        let single = #expect(throws: ConfigurationError.self) { _ = try load("port: a") }
        #expect(single?.summary == single?.description)
    }
}

@Suite("What is allowed and probably not meant")
struct ConfigurationWarningTests {
    @Test(
        "Other machines, and no token",
        arguments: [
            ("0.0.0.0", true), ("::", true), ("192.168.1.5", true), ("ollama.lan", true), ("127.0.0.1", false),
            ("127.3.2.1", false), ("::1", false), ("localhost", false),
        ]
    )
    func open(host: String, isWarned: Bool) {
        var configuration = Configuration()
        configuration.host = host
        #expect(configuration.warnings.map { String($0.prefix(4)) } == (isWarned ? ["host"] : []))
        configuration.adminToken = Secret("token")
        #expect(configuration.warnings == [])
    }

    @Test("Proxies that say nothing of their users, and headers that nobody is trusted for")
    func proxies() throws {
        #expect(try load("trusted_proxies: 10.0.0.1").configuration.warnings.map { $0.prefix(8) } == ["trusted_"])
        #expect(try load("identity_headers: X-User").configuration.warnings.map { $0.prefix(8) } == ["identity"])
        let both = try load("trusted_proxies: 10.0.0.1\nidentity_headers: X-User")
        #expect(both.configuration.warnings == [])
    }
}

@Suite("Where printed numbers come from")
struct ValueOriginsTests {
    @Test("The source that wins is named as an operator would name it")
    func phrases() throws {
        let yaml = "request_timeout: 5\nmodels:\n  llama2: {queue_limit: 3}"
        let origins = try load(yaml, environment: ["OLLAMA_MAX_QUEUE": "3"], flags: ["--parallel": ["2"]]).origins
        #expect(origins["request_timeout"] == "by paddock.yaml:1")
        #expect(origins["models.llama2.queue_limit"] == "by paddock.yaml:3")
        #expect(origins["ollama_max_queue"] == "by OLLAMA_MAX_QUEUE")
        #expect(origins["ollama_num_parallel"] == "by --parallel")
        #expect(origins["event_loops"] == "default")
    }
}
