// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A workload shape: what is sent by whom, to which models, on which hosts. Times are in seconds.
package struct Shape: Sendable {
    /// A model.
    package struct Model: Sendable {
        /// How long it takes to load, but for the jitter.
        package var load = 6.0
        /// Its memory.
        package var bytes: Int64 = 1 << 30
        /// How many requests of it are worked on at once; `nil` for what the host has.
        package var slots: Int?
    }

    /// An Ollama host.
    package struct Host: Sendable {
        /// How many models it has loaded at most.
        package var maxLoaded = 1
        /// The memory for models; without limit unless it is given.
        package var memory: Int64 = .max
        /// How many requests of a model are worked on at once.
        package var slots = 2
        /// By how much each other active request slows one down.
        package var slowdown = 0.25
    }

    /// Requests that arrive whatever became of earlier ones.
    package struct Stream: Sendable {
        /// Arrivals per second.
        var rate: Double
        var models: [Int]
        /// How often each of the models is asked for; equally often unless given.
        var weights: [Double] = []
        var clients: [String]
        /// The mean of what a request takes alone.
        var work = 3.0
        var start = 0.0
        var end: Double = Shape.duration
        /// How many requests come with each arrival.
        var burst = 1
    }

    /// A client that sends its next requests when all it sent have ended.
    package struct Loop: Sendable {
        var client: String
        /// What it sends, step by step and over and over: the model, and how many requests at once.
        var script: [(model: Int, width: Int)]
        /// The mean of the pause in front of each step.
        var think: Double
        /// Whether each pause is as long as the mean.
        var isSteady = false
        var work = 3.0
        var options = 0
        /// When it begins; at random within the first two seconds unless given.
        var start: Double?
    }

    /// For how long requests are sent.
    package static let duration = 900.0

    /// Its name.
    package let name: String
    package let models: [Model]
    package let hosts: [Host]
    /// How many requests of a model a gateway lets in at each host.
    package let limit: Int
    let streams: [Stream]
    let loops: [Loop]

    init(
        _ name: String,
        models: [Model],
        hosts: [Host] = [Host()],
        limit: Int = 2,
        streams: [Stream] = [],
        loops: [Loop] = []
    ) {
        self.name = name
        self.models = models
        self.hosts = hosts
        self.limit = limit
        self.streams = streams
        self.loops = loops
    }

    /// The same work if swaps were free: everything is loaded everywhere, at no cost.
    ///
    /// ``idealParallel`` has to bound the requests that are sent to a host, as its slots do no more.
    package var ideal: Shape {
        Shape(
            self.name,
            models: self.models.map { Model(load: 1e-6, bytes: 0, slots: $0.slots) },
            hosts: self.hosts.map { Host(maxLoaded: .max, slots: .max, slowdown: $0.slowdown) },
            limit: self.limit,
            streams: self.streams,
            loops: self.loops
        )
    }

    /// How many requests each host works on at most, over all models that it can have loaded; by its memory that is one model.
    package var idealParallel: Int {
        self.limit * (self.hosts.map { $0.memory == .max ? $0.maxLoaded : 1 }.max() ?? 1)
    }
}
