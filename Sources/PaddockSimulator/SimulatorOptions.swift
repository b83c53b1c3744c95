// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// How a simulated backend behaves. The defaults feel like Ollama on a small GPU.
package struct SimulatorOptions: Sendable, Equatable {
    /// A model to offer.
    package struct Model: Sendable, Equatable {
        /// Its name, in any spelling.
        package var name: String
        /// Bytes of memory that it takes, 1 or more. Defaults to `nil`: what the number of parameters in its name suggests, or 7
        /// billion of them.
        package var size: Int64?

        /// A model.
        package init(name: String, size: Int64? = nil) {
            self.name = name
            self.size = size
        }
    }

    /// The largest context length a request can ask for, in tokens: bounds the length of an answer, too.
    package static let maxContextLength = 131_072

    /// Address to listen on. Defaults to `127.0.0.1`.
    package var host = "127.0.0.1"
    /// Port to listen on; 0 takes a free one. Defaults to 11434, Ollama's.
    package var port = 11434
    /// Models to offer beyond the default ones (`llama2`, `mistral`, `nomic-embed-text` …), or one of these with another size.
    /// Defaults to none.
    package var models: [Model] = []
    /// Prompt tokens read per second and slot. More than 0. Defaults to 800.
    package var prefillRate = 800.0
    /// Tokens produced per second while one slot is busy. More than 0. Defaults to 40.
    package var decodeRate = 40.0
    /// How much longer each token takes for every further busy slot, as a share: 0 is a machine that never slows down,
    /// 1 one that gains nothing from parallel requests. At least 0. Defaults to 0.25.
    package var slowdown = 0.25
    /// Seconds to load a model. At least 0. Defaults to 2.
    package var loadSeconds = 2.0
    /// Bytes of a model that are loaded per second, in place of `loadSeconds`. More than 0. Defaults to `nil`.
    package var loadRate: Double?
    /// How much load times vary: the standard deviation of their logarithm; their mean stays. From 0 to 2. Defaults to 0.
    package var jitter = 0.0
    /// Mean length of an answer in tokens; answers are between half and one and a half times as long. At least 1.
    /// Defaults to 120.
    package var meanTokens = 120
    /// Requests that one loaded model serves at once (`OLLAMA_NUM_PARALLEL`); embedding models always serve one. At least
    /// 1. Defaults to 1, as Ollama's does.
    package var numParallel = 1
    /// Models loaded at once (`OLLAMA_MAX_LOADED_MODELS`). At least 1. Defaults to 3.
    package var maxLoadedModels = 3
    /// Bytes of memory for all loaded models together, 1 or more; a larger model is loaded alone. Defaults to `nil`: no limit.
    package var memory: Int64?
    /// Requests that may wait for models that are not loaded (`OLLAMA_MAX_QUEUE`); requests for loaded models are never
    /// counted. At least 1. Defaults to 512.
    package var maxQueue = 512
    /// What happens to requests for a model that is to make room for another one. Defaults to `closed`.
    package var victims = VictimRule.closed
    /// Which loaded model fits a request that names no options. Defaults to `any`.
    package var optionsRule = OptionsRule.any
    /// Context length of models whose requests name none, in tokens. Defaults to 4096.
    package var contextLength = 4096
    /// Seconds for which an idle model stays loaded, unless a request says otherwise; negative is for ever. Defaults to
    /// 300.
    package var keepAliveSeconds = 300.0
    /// Makes answers and their lengths repeatable: same seed and request, same answer. Defaults to 0.
    package var seed: UInt64 = 0
    /// Loads, reads and answers without taking any time; the rates and the load time do not matter then. Defaults to
    /// `false`.
    package var isFast = false
    /// The largest request body in bytes; larger ones get 413. Blobs are not limited. Defaults to 100 MiB.
    package var maxBodyBytes = 100 * 1024 * 1024
    /// Sends the end of a stream's chunks apart from its final event, as Go's server and llama.cpp do, so that a client can have
    /// read the whole answer, and be gone, before the stream has ended. Defaults to `true`.
    package var splitsEnd = true
    /// Seconds from a stream's final event to the end of its chunks; needs `splitsEnd`. At least 0. Defaults to 0: the next write.
    package var endDelaySeconds = 0.0
    /// Origins of web pages that may use it, beyond those of this machine (`OLLAMA_ORIGINS`): `https://chat.example`,
    /// `https://*.example` or `*`. Defaults to none.
    package var origins: [String] = []

    /// All defaults.
    package init() {}

    var hardware: Hardware {
        Hardware(
            prefillNanoseconds: self.isFast ? 0 : 1e9 / self.prefillRate,
            decodeNanoseconds: self.isFast ? 0 : 1e9 / self.decodeRate,
            slowdown: max(0, self.slowdown),
            loadNanoseconds: self.loadNanoseconds,
            slotsPerModel: max(1, self.numParallel),
            maxLoadedModels: max(1, self.maxLoadedModels),
            contextLength: min(max(4, self.contextLength), Self.maxContextLength),
            keepAlive: self.keepAliveSeconds < 0
                ? .forever : .nanoseconds(Int64(min(self.keepAliveSeconds * 1e9, 1e18))),
            memory: self.memory,
            loadNanosecondsPerByte: self.loadRate.map { self.isFast ? 0 : 1e9 / $0 },
            jitter: self.jitter,
            seed: self.seed,
            maxQueue: self.maxQueue,
            victims: self.victims,
            optionsRule: self.optionsRule
        )
    }

    var endDelay: TimeAmount {
        .nanoseconds(Int64(min(max(0, self.endDelaySeconds) * 1e9, 1e18)))
    }

    var loadNanoseconds: Int64 {
        self.isFast ? 0 : Int64(min(max(0, self.loadSeconds) * 1e9, 1e18))
    }
}
