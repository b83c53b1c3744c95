// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockConfiguration
import PaddockTesting
import Testing

@testable import PaddockServer

@Suite("What an operator should know of a valid configuration")
struct ConfigurationReviewTests {
    private let first = BackendURL(host: "10.0.0.1", port: 11434)
    private let second = BackendURL(host: "10.0.0.2", port: 11434)

    private func configuration(_ models: DeclaredModel...) -> Configuration {
        var configuration = Configuration()
        configuration.backends = [DeclaredBackend(self.first), DeclaredBackend(self.second)]
        configuration.models = models
        return configuration
    }

    private func facts(_ models: ModelName..., parallel: BackendFacts.Parallel = .ollama(8)) -> BackendFacts {
        var facts = BackendFacts()
        facts.answers = true
        facts.models = Set(models)
        facts.parallel = parallel
        return facts
    }

    private func model(_ name: ModelName) -> DeclaredModel { DeclaredModel(model: name) }

    @Test("A model that no backend has, with the nearest that one has")
    func unknownModel() {
        let mistyped = self.configuration(self.model("lama2"), self.model("mistral"))
        let review = ConfigurationReview(
            mistyped,
            parallel: 4,
            backends: [self.facts("llama2"), self.facts("mistral")]
        )
        #expect(review.warnings.count == 1)
        #expect(review.warnings.first?.hasPrefix("models.lama2: ") == true)
        #expect(review.warnings.first?.hasSuffix("did you mean llama2?") == true)
        #expect(review.notes == [])
    }

    @Test("Only the backends that may have it count, and a model of the cloud is on none")
    func placement() {
        var bound = self.model("llama2")
        bound.placement = .only([self.second])
        let configuration = self.configuration(bound, self.model("gpt-oss:120b-cloud"))
        let backends = [self.facts("llama2"), self.facts("other")]
        let review = ConfigurationReview(configuration, parallel: 1, backends: backends)
        #expect(review.warnings.map { $0.prefix(14) } == ["models.llama2:"])
        #expect(review.warnings.first?.hasSuffix("pull it, or leave it out") == true)
    }

    @Test("Of a backend that says nothing nothing is claimed, but that is noted")
    func silent() {
        let configuration = self.configuration(self.model("llama2"))
        let review = ConfigurationReview(configuration, parallel: 1, backends: [self.facts("other"), BackendFacts()])
        #expect(review.warnings == [])
        #expect(review.notes.count == 1)
        #expect(review.notes.first?.contains("10.0.0.2") == true)
        let unasked = ConfigurationReview(configuration, parallel: 1)
        #expect(unasked.warnings == [] && unasked.notes == [])
    }

    @Test(
        "A backend that runs fewer requests at once",
        arguments: [
            (.ollama(3), "OLLAMA_NUM_PARALLEL=4"), (.ollama(nil), "OLLAMA_NUM_PARALLEL=4"), (.slots(1), "--parallel 4"),
            (.ollama(4), nil), (.slots(9), nil), (.unknown, nil),
        ] as [(BackendFacts.Parallel, String?)]
    )
    func limit(parallel: BackendFacts.Parallel, remedy: String?) {
        let backends = [self.facts(), self.facts(parallel: parallel)]
        let review = ConfigurationReview(self.configuration(), parallel: 4, backends: backends)
        #expect(review.warnings.count == (remedy == nil ? 0 : 1))
        if let remedy { #expect(review.warnings.first?.contains(remedy) == true) }
        #expect(review.notes.count == (parallel == .unknown ? 1 : 0))
    }

    @Test("The highest limit of a model that may be on the backend counts, but no more than its slots")
    func highest() {
        var large = self.model("llama2")
        large.parallelLimit = 6
        large.placement = .except([self.first])
        var configuration = self.configuration(large)
        let backends = [self.facts("llama2", parallel: .ollama(4)), self.facts("llama2", parallel: .ollama(4))]
        let review = ConfigurationReview(configuration, parallel: 4, backends: backends)
        #expect(review.warnings.count == 1)
        #expect(review.warnings.first?.contains("10.0.0.2") == true)
        #expect(review.warnings.first?.contains(" 6 requests") == true)
        configuration.backends[1].slots = 4
        #expect(ConfigurationReview(configuration, parallel: 4, backends: backends).warnings == [])
    }

    @Test("What backends say of themselves")
    func answers() async {
        let answers: [String: String] = [
            "/v1/models": #"{"data":[{"id":"qwen3"}]}"#, "/props": #"{"total_slots":2}"#,
        ]
        let llama = await BackendFacts { path in answers[path].map { Array($0.utf8) } }
        #expect(llama.answers && llama.models == ["qwen3"])
        #expect(llama.parallel == .slots(2))
        #expect(await BackendFacts { _ in nil } == BackendFacts())
        let odd = BackendFacts(tags: Array("[]".utf8))
        #expect(odd.answers && odd.models == nil)
    }

    @Test("The environment of an Ollama is that of a backend on this machine with its port")
    func environment() throws {
        let ollama = try #require(OllamaProcess(commandLine: "ollama\0serve\0", environment: "OLLAMA_NUM_PARALLEL=2\0"))
        for (host, port, isIt) in [
            ("127.0.0.1", 11434, true), ("::1", 11434, true), ("localhost", 11434, true),
            ("127.0.0.1", 8000, false), ("10.0.0.1", 11434, false),
        ] {
            var facts = BackendFacts()
            facts.add([ollama], at: BackendURL(host: host, port: port))
            #expect(facts.parallel == (isIt ? .ollama(2) : .unknown))
        }
    }
}
