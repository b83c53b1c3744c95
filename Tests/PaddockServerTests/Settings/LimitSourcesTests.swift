// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockConfiguration
import PaddockTesting
import Testing

@testable import PaddockServer

@Suite("Where limits come from")
struct LimitSourcesTests {
    @Test("The highest source of each limit is told, and no folder")
    func sources() {
        var configuration = Configuration()
        configuration.models = [
            DeclaredModel(model: "llama2", parallelLimit: 4, queueLimit: 5),
            DeclaredModel(model: "qwen3", queueLimit: 7),
        ]
        let settings = OperatorSettings(configuration)
        let limits = LimitOrigins(settings)
        #expect(limits.sources.all == LimitSources.OfModel(parallel: "default", queue: "default"))
        limits.update(
            ValueOrigins([
                "ollama_max_queue": "by OLLAMA_MAX_QUEUE",
                "models.llama2.parallel_limit": "by /etc/paddock/paddock.yaml:3",
                "models.llama2.queue_limit": "by paddock.yaml:4", "models.qwen3.queue_limit": "by --a/b",
            ]),
            auto: "auto: 4 by 18.5 GiB available"
        )
        settings.set([(.queueLimit("qwen3"), "9"), (.pinned("mistral"), "true")]) {}
        let sources = limits.sources
        #expect(sources["llama2"] == LimitSources.OfModel(parallel: "by paddock.yaml:3", queue: "by paddock.yaml:4"))
        #expect(sources["qwen3"].parallel == "auto: 4 by 18.5 GiB available")
        #expect(sources["qwen3"].queue.hasPrefix("set at run time on 2"))
        #expect(sources["mistral"].isPinned && sources["mistral"].queue == "by OLLAMA_MAX_QUEUE")
        #expect(sources["other"] == sources.all)
        limits.update(ValueOrigins(["ollama_num_parallel": "by --parallel"]), auto: nil)
        #expect(limits.sources["other"].parallel == "by --parallel")
    }
}
