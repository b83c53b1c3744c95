// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import PaddockBase
import PaddockClient
import PaddockJSON

/// What `paddock load` is to send.
struct LoadPlan: Sendable {
    /// When requests are sent.
    enum Pace: Equatable, Sendable {
        /// So many at once: the next one when one has ended.
        case closed(concurrency: Int)
        /// So many per second at random moments (a Poisson process), whatever the server does; of what would make more
        /// than `outstanding` at once, nothing is sent.
        case open(rate: Double, outstanding: Int)
    }

    /// A model and how often it is asked, relative to the others.
    struct Model: Equatable, Sendable {
        let name: String
        let weight: Double
    }

    /// Somebody whose requests these are.
    struct Client: Equatable, Sendable {
        let name: String
        /// The fields that say so.
        let fields: [Field]
    }

    struct Field: Equatable, Sendable {
        let name: String
        let value: String
    }

    let url: ServerURL
    var api = LoadAPI.generate
    var pace = Pace.closed(concurrency: 8)
    /// How long requests are sent; those that run then may end.
    var duration: Duration?
    /// How many requests are sent.
    var requests: Int?
    var isStreamed = true
    var models = [Model(name: "llama2", weight: 1)]
    var clients: [Client] = []
    /// Fields of every request.
    var fields: [Field] = []
    var isBatch = false
    /// The length of the prompts.
    var promptWords = 32
    /// The most tokens of an answer.
    var tokens = 64
    /// How long one reply may take.
    var timeout = Duration.seconds(300)
    /// How often a request is sent again after a 503 that says when.
    var retries = 0
    var seed: UInt64 = 1

    /// The request with a number: the same for the same seed.
    func request(_ number: Int) -> LoadRequest {
        var random = SeededRandom(seed: self.seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
        let model = self.model(at: random.unit())
        let client = self.clients.isEmpty ? nil : self.clients[number % self.clients.count]
        let body = self.api.body(
            model: model.name,
            prompt: LoadPrompt.text(words: self.promptWords, number: number, random: &random),
            tokens: self.tokens,
            isStreamed: self.isStreamed && self.api.canStream
        )
        var fields = (client?.fields ?? []) + self.fields
        if self.isBatch { fields.insert(Field(name: "Priority", value: "u=6"), at: 0) }
        return LoadRequest(
            model: model.name,
            client: client?.name,
            request: HTTPRequest(
                method: .POST,
                target: self.api.path,
                fields: fields.map { ($0.name, $0.value) },
                body: ByteBuffer(bytes: body.bytes)
            )
        )
    }

    /// The model that a number from 0 to 1 stands for.
    private func model(at share: Double) -> Model {
        var rest = share * self.models.reduce(0) { $0 + $1.weight }
        for model in self.models {
            rest -= model.weight
            if rest < 0 { return model }
        }
        return self.models[self.models.count - 1]
    }
}

/// A request to send.
struct LoadRequest: Sendable {
    let model: String
    let client: String?
    let request: HTTPRequest
}
