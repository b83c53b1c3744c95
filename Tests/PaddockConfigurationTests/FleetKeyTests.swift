// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockConfiguration

@Suite("Keys of the fleet, of backends and of models on them")
struct FleetKeyTests {
    @Test("The keys of the fleet, from a file, from variables and from flags")
    func fleet() throws {
        var expected = FleetSettings()
        expected.swapping = .off
        expected.visit = 2.5
        expected.slack = 0
        expected.patiencePercent = 0
        expected.unloads = false
        expected.spill = nil
        expected.learnsParallel = false
        expected.wedgeAfter = .seconds(5)
        expected.cloudParallel = 3
        let yaml = """
            swap: off
            swap_visit: 2.5
            swap_slack: 0
            swap_patience: 0%
            swap_unload: off
            spill: off
            learn_parallel: off
            wedge_after: 5
            cloud_parallel: 3
            """
        #expect(try load(yaml).configuration.fleet == expected)
        let environment = [
            "PADDOCK_SWAP": "off", "PADDOCK_SWAP_VISIT": "2.5", "PADDOCK_SWAP_SLACK": "0", "PADDOCK_SWAP_PATIENCE": "0",
            "PADDOCK_SWAP_UNLOAD": "off", "PADDOCK_SPILL": "off", "PADDOCK_LEARN_PARALLEL": "off",
            "PADDOCK_CLOUD_PARALLEL": "3", "PADDOCK_WEDGE_AFTER": "5s",
        ]
        #expect(try load(environment: environment).configuration.fleet == expected)
        let flags = ["--swap": ["off"], "--learn-parallel": ["off"], "--cloud-parallel": ["3"]]
        var byFlags = FleetSettings()
        byFlags.swapping = .off
        byFlags.learnsParallel = false
        byFlags.cloudParallel = 3
        #expect(try load(flags: flags).configuration.fleet == byFlags)
    }

    @Test(
        "A bad value says what would be right",
        arguments: [
            ("swap: on", "swap: \"on\" is not one of the values: give auto or off"),
            ("swap_visit: 0.9", "swap_visit: \"0.9\" is out of range: give a number from 1 to 100"),
            ("swap_visit: six", "swap_visit: \"six\" is not a number: give a number from 1 to 100"),
            ("swap_slack: 1001", "swap_slack: \"1001\" is out of range: give a number from 0 to 1000"),
            (
                "swap_patience: 101%",
                "swap_patience: \"101%\" is out of range: give percent from 0 to 100, such as 5 or 5%"
            ),
            ("spill: 0.09", "spill: \"0.09\" is out of range: give off or a number from 0.1 to 100"),
            ("spill: never", "spill: \"never\" is not a number: give off or a number from 0.1 to 100"),
            ("learn_parallel: yes", "learn_parallel: \"yes\" is neither on nor off: give on or off"),
            (
                "wedge_after: 0.5",
                "wedge_after: \"0.5\" is out of range: give seconds such as 5, or a duration such as 5s or 1m, from 1s to 3600s"
            ),
            ("cloud_parallel: 0", "cloud_parallel: \"0\" is out of range: give an integer from 1 to 10000"),
        ]
    )
    func badFleet(yaml: String, rest: String) {
        #expect(refusal(yaml) == "paddock.yaml:1: " + rest)
    }

    @Test("What a backend has of its own is listed, the defaults are not")
    func backends() throws {
        let yaml = """
            backends:
              - http://a:1
              - {url: http://b:2, memory: 24 GB, max_loaded: 3, weight: 0.5, health_path: /health?x, health_interval: 1m}
              - {url: http://c:3, weight: 1, health_interval: 5s}
            """
        let loaded = try load(yaml)
        let backends = loaded.configuration.backends
        #expect(backends.map(\.memory) == [nil, 24 << 30, nil] && backends.map(\.maxLoaded) == [nil, 3, nil])
        #expect(backends.map(\.weight) == [1, 0.5, 1])
        #expect(backends.map(\.healthPath) == [nil, "/health?x", nil])
        #expect(backends.map(\.healthInterval) == [.seconds(5), .seconds(60), .seconds(5)])
        #expect(
            loaded.values.filter { $0.name.hasPrefix("backends.") }.map { "\($0.name)=\($0.value) (\($0.source))" } == [
                "backends.http://b:2.memory=24GiB (paddock.yaml:3)",
                "backends.http://b:2.max_loaded=3 (paddock.yaml:3)",
                "backends.http://b:2.weight=0.5 (paddock.yaml:3)",
                "backends.http://b:2.health_path=/health?x (paddock.yaml:3)",
                "backends.http://b:2.health_interval=60s (paddock.yaml:3)",
            ]
        )
    }

    @Test(
        "A bad value of a backend is an error with its own line",
        arguments: [
            ("memory: 24", "memory: \"24\" is out of range: give a size such as 24GB, from 64MiB to 65536GiB"),
            ("memory: 24G", "memory: \"24G\" is not a size: give a size such as 24GB, from 64MiB to 65536GiB"),
            ("max_loaded: 65", "max_loaded: \"65\" is out of range: give an integer from 1 to 64"),
            ("weight: 0", "weight: \"0\" is out of range: give a number from 0.01 to 1000"),
            ("weight: -1", "weight: \"-1\" is not a number: give a number from 0.01 to 1000"),
            (
                "health_path: health",
                "health_path: \"health\" does not begin with /: give a path such as /health, with its query if it has one"
            ),
            (
                "health_path: '/a b'",
                "health_path: \"/a b\" is no path of at most 1024 characters: "
                    + "give a path such as /health, with its query if it has one"
            ),
            (
                "health_interval: 0.01",
                "health_interval: \"0.01\" is out of range: "
                    + "give seconds such as 5, or a duration such as 5s or 1m, from 0.1s to 3600s"
            ),
        ]
    )
    func badBackends(line: String, rest: String) {
        #expect(refusal("backends:\n  - url: http://a\n    \(line)\n") == "paddock.yaml:3: backends." + rest)
    }

    private static let backends = "backends: [http://10.0.0.11:11434, http://10.0.0.12:11434]\n"

    @Test("A model is bound to backends or kept off them, and pinned")
    func models() throws {
        let yaml =
            Self.backends + """
                models:
                  a:
                    backends: [http://10.0.0.12:11434, "http://10.0.0.11:11434/"]
                    pinned: true
                  b: {not_on: http://10.0.0.11:11434}
                  c: {pinned: false}
                """
        let loaded = try load(yaml)
        let one = loaded.configuration.backends[0].url
        let two = loaded.configuration.backends[1].url
        let models = loaded.configuration.models
        #expect(models.map(\.placement) == [.only([two, one]), .except([one]), .anywhere])
        #expect(models.map(\.isPinned) == [true, false, false])
        let allowed = models.map { model in [one, two].map(model.placement.allows) }
        #expect(allowed == [[true, true], [false, true], [true, true]])
        #expect(
            loaded.values.filter { $0.name.hasPrefix("models.") }.map { "\($0.name)=\($0.value) (\($0.source))" } == [
                "models.a.backends=http://10.0.0.12:11434 http://10.0.0.11:11434 (paddock.yaml:4)",
                "models.a.pinned=true (paddock.yaml:5)",
                "models.b.not_on=http://10.0.0.11:11434 (paddock.yaml:6)",
            ]
        )
        #expect(try load(yaml) == loaded)
    }

    @Test(
        "A placement that cannot be is an error with its own line",
        arguments: [
            (
                "{backends: [http://10.0.0.1:11434]}",
                "models.a.backends: http://10.0.0.1:11434 is not among the backends: did you mean http://10.0.0.11:11434? "
                    + "give any of http://10.0.0.11:11434, http://10.0.0.12:11434"
            ),
            (
                "{not_on: [http://gpu-server]}",
                "models.a.not_on: http://gpu-server:80 is not among the backends: "
                    + "give any of http://10.0.0.11:11434, http://10.0.0.12:11434"
            ),
            (
                "{not_on: [http://10.0.0.11:11434, http://10.0.0.12:11434]}",
                "models.a.not_on: no backend is left for the model: leave one of the backends out"
            ),
            (
                "{backends: [http://10.0.0.11:11434, http://10.0.0.11:11434]}",
                "models.a.backends: \"http://10.0.0.11:11434\" is given twice: give each backend once"
            ),
            (
                "{backends: []}",
                "models.a.backends: the list is empty: give a list of addresses such as [http://127.0.0.1:11434]"
            ),
            (
                "{backends: http://10.0.0.11:11434, not_on: http://10.0.0.12:11434}",
                "models.a.not_on: backends is given in line 3 already: give one of backends and not_on"
            ),
            ("{pinned: yes}", "models.a.pinned: \"yes\" is neither true nor false: give true or false"),
            ("{off: [http://10.0.0.11:11434]}", "models.a.off: unknown key: "),
        ]
    )
    func badModels(yaml: String, rest: String) {
        #expect(refusal(Self.backends + "models:\n  a: \(yaml)\n")?.hasPrefix("paddock.yaml:3: " + rest) == true)
    }

    @Test("Backends that a higher source replaces leave no model bound to one that is gone")
    func replacedBackends() {
        let yaml = Self.backends + "models: {a: {backends: [http://10.0.0.11:11434]}}"
        #expect(
            refusal(yaml, environment: ["OLLAMA_BASE_URL": "http://b:2"])
                == "paddock.yaml:2: models.a.backends: http://10.0.0.11:11434 is not among the backends: give any of http://b:2"
        )
    }
}
